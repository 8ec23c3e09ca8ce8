namespace Latchkey.Server.SignIns;

/// <summary>What a page of the dashboard shows of the sign-in log. An empty list or null member does not filter.</summary>
internal sealed record SignInSelection
{
    public IReadOnlyList<string> Outcomes { get; init; } = [];
    public IReadOnlyList<string> Causes { get; init; } = [];
    public IReadOnlyList<string> Stations { get; init; } = [];
    public IReadOnlyList<string> Families { get; init; } = [];
    public IReadOnlyList<string> Resources { get; init; } = [];
    public IReadOnlyList<string> Connections { get; init; } = [];
    public string? ClientId { get; init; }

    /// <summary>The id or the e-mail address of a person.</summary>
    public string? Person { get; init; }
    public string? Network { get; init; }
    public bool? Tolerated { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? Before { get; init; }

    /// <summary>Whether a sign-in is among those that are selected, for a row that was not read by a query.</summary>
    public bool Matches(SignInSummary row) =>
        IsOneOf(Outcomes, row.Outcome is { } outcome ? StoredNames.Of(outcome) : null)
        && IsOneOf(Causes, row.CauseCode)
        && IsOneOf(Stations, row.Station is { } station ? StoredNames.Of(station) : null)
        && IsOneOf(Families, row.Family) && IsOneOf(Resources, row.ResourceId) && IsOneOf(Connections, row.ConnectionId)
        && (ClientId is null || row.ClientId == ClientId)
        && (Person is null || row.Subject == Person || row.Email == Person.ToLowerInvariant())
        && (Network is null || row.Network == Network)
        && (Tolerated is null || row.Tolerated == Tolerated)
        && !(row.StartedAt < From) && !(row.StartedAt >= Before);

    private static bool IsOneOf(IReadOnlyList<string> selected, string? value) =>
        selected.Count == 0 || selected.Contains(value, StringComparer.Ordinal);
}
