using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Server.Network;

namespace Latchkey.Server.Grants;

/// <summary>Network and user agent of a refresh request: enough to recognize that another one repeats a token.</summary>
/// <param name="Network">The IPv4 address, or the first 64 bits of the IPv6 address, because the rest changes.</param>
/// <param name="Agent">A short hash of <c>User-Agent</c>.</param>
internal sealed record Presenter(string Network, string Agent)
{
    private const int AgentLength = 12;

    public static Presenter Of(HttpContext http, ClientAddress address) => new(
        NetworkOf(address.Of(http)),
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(http.Request.Headers.UserAgent.ToString())))[..AgentLength]);

    /// <summary>Parses the stored form. Returns null when there is none.</summary>
    public static Presenter? Parse(string? text) => text?.Split(' ') is [var network, var agent] ? new(network, agent) : null;

    public override string ToString() => $"{Network} {Agent}";

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
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
