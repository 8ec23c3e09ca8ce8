using System.Net;
using Latchkey.Server.Network;

namespace Latchkey.Server.SignIns;

/// <summary>What the sign-in log records of addresses.</summary>
internal enum RecordedAddresses
{
    Full,
    Network,
    None,
}

/// <summary>Addresses as the sign-in log records them: the whole, its <see cref="SiteNetwork"/>, or nothing.</summary>
internal static class RecordedAddress
{
    public static string? NetworkOf(IPAddress address, RecordedAddresses recorded) =>
        recorded == RecordedAddresses.None ? null : SiteNetwork.Of(address);

    /// <param name="text">An address, a network, or words that contain a network.</param>
    public static string? Of(string text, RecordedAddresses recorded) => recorded switch
    {
        RecordedAddresses.Full => text,
        RecordedAddresses.Network => IPAddress.TryParse(text, out var address) ? SiteNetwork.Of(address) : text,
        _ => null,
    };
}
