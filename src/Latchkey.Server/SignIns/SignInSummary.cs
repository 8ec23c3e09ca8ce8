namespace Latchkey.Server.SignIns;

/// <summary>The summary of one attempt to sign in: its row in the list of the sign-in log.</summary>
internal sealed record SignInSummary
{
    public required AuthorizationId AuthorizationId { get; init; }
    public required string Reference { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? LastAt { get; init; }
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Null in rows of earlier versions.</summary>
    public SignInOutcome? Outcome { get; init; }
    public Station? Station { get; init; }
    public string? CauseCode { get; init; }
    public string? ClientId { get; init; }
    public string? ClientName { get; init; }
    public string? Family { get; init; }
    public bool? Vouched { get; init; }
    public string? ResourceId { get; init; }
    public string? ConnectionId { get; init; }
    public string? Subject { get; init; }
    public string? Email { get; init; }
    public string? RedirectHost { get; init; }
    public string? Network { get; init; }
    public string? Agent { get; init; }
    public bool? Tolerated { get; init; }
    public string? GrantId { get; init; }

    /// <summary>Null for an authorization request of a client.</summary>
    public string? Purpose { get; init; }
}
