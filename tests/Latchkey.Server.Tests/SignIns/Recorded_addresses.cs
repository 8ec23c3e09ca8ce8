using Latchkey.Server.SignIns;

namespace Latchkey.Server.Tests.SignIns;

/// <summary>The facts of an event hold no more of an address than <c>SignIns:Addresses</c> allows.</summary>
public sealed class Recorded_addresses
{
    private static readonly Fact[] Facts =
    [
        Fact.Seen("address", "203.0.113.7"), Fact.Seen(FactNames.Network, "2001:db8:1:2::3"),
        Fact.Seen(FactNames.FormerNetwork, "198.51.100.0/24"), Fact.Seen(FactNames.Scope, "notes:read"),
    ];

    [Fact]
    public void Full_records_them_as_they_are() => Assert.Equal(Facts, RecordedFacts.Of(Facts, RecordedAddresses.Full));

    [Fact]
    public void Network_records_their_networks() => Assert.Equal(
        ["203.0.113.0/24", "2001:db8:1::/48", "198.51.100.0/24", "notes:read"],
        RecordedFacts.Of(Facts, RecordedAddresses.Network).Select(fact => fact.Value));

    [Fact]
    public void None_records_no_address() =>
        Assert.Equal([Facts[^1]], RecordedFacts.Of(Facts, RecordedAddresses.None));
}
