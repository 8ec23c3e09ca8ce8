using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Server.Network;

namespace Latchkey.Server.Grants;

/// <summary>Network and user agent of a refresh request: enough to recognize a replay from elsewhere.</summary>
/// <param name="Network">The /24 of an IPv4 address, the /48 of an IPv6 address: what one site or household usually has.</param>
/// <param name="Agent">A short hash of <c>User-Agent</c>.</param>
internal sealed record Presenter(string Network, string Agent)
{
    private const int BitsOfIPv4Network = 24;
    private const int BitsOfIPv6Network = 48;
    private const int AgentLength = 12;

    public static Presenter Of(HttpContext http, ClientAddress address) => new(
        NetworkOf(address.Of(http)),
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(http.Request.Headers.UserAgent.ToString())))[..AgentLength]);

    /// <summary>Parses the stored form. Returns null for another text. Earlier versions stored an IPv4 address or an IPv6 /64.</summary>
    public static Presenter? Parse(string text) =>
        text.Split(' ') is [var network, var agent] && IPAddress.TryParse(network.Split('/')[0], out var address)
            ? new(NetworkOf(address), agent)
            : null;

    public override string ToString() => $"{Network} {Agent}";

    public bool IsInNetworkOf(Presenter other) => Network == other.Network;

    /// <summary>Describes how <paramref name="other"/> differs. Returns null when it does not.</summary>
    public string? WhatDiffers(Presenter other) => (Network != other.Network, Agent != other.Agent) switch
    {
        (true, true) => $"from another network ({other.Network} instead of {Network}) and another program",
        (true, false) => $"from another network ({other.Network} instead of {Network})",
        (false, true) => "from another program in the same network",
        _ => null,
    };

    private static string NetworkOf(IPAddress address)
    {
        var bits = address.AddressFamily == AddressFamily.InterNetworkV6 ? BitsOfIPv6Network : BitsOfIPv4Network;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(bits / 8).Clear();
        return $"{new IPAddress(bytes)}/{bits}";
    }
}
