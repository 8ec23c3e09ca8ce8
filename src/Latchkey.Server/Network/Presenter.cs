using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Latchkey.Server.Network;

/// <summary>Network and user agent of a refresh request: enough to recognize a replay from elsewhere.</summary>
/// <param name="Network">A <see cref="SiteNetwork"/>.</param>
/// <param name="Agent">A short hash of <c>User-Agent</c>.</param>
internal sealed record Presenter(string Network, string Agent)
{
    private const int AgentLength = 12;

    public static Presenter Of(HttpContext http, ClientAddress address) => new(
        SiteNetwork.Of(address.Of(http)),
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(http.Request.Headers.UserAgent.ToString())))[..AgentLength]);

    /// <summary>Parses the stored form. Returns null for another text. Earlier versions stored an IPv4 address or an IPv6 /64.</summary>
    public static Presenter? Parse(string text) =>
        text.Split(' ') is [var network, var agent] && IPAddress.TryParse(network.Split('/')[0], out var address)
            ? new(SiteNetwork.Of(address), agent)
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
}
