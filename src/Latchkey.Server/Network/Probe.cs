namespace Latchkey.Server.Network;

/// <summary>The outcome of a request to a URL that the operator of this server chose.</summary>
internal abstract record Probe
{
    private Probe() { }

    /// <param name="Challenge">The header <c>WWW-Authenticate</c>, or an empty string.</param>
    public sealed record Answered(int Status, string Challenge) : Probe;

    /// <param name="Why">A sentence for the operator.</param>
    /// <param name="IsNotPublic">Whether the host leads to an address that is never fetched.</param>
    public sealed record Failed(string Why, bool IsNotPublic = false) : Probe;

    /// <summary>Too many requests are running.</summary>
    public sealed record Busy : Probe;
}
