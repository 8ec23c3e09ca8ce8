namespace Latchkey.Server.SignIns;

/// <summary>How a sign-in went. The names are stored and are part of the API, in lower case.</summary>
internal enum SignInOutcome
{
    /// <summary>Waits for the person, the login page or the client, until its time runs out.</summary>
    Running,

    /// <summary>The client has its tokens.</summary>
    Connected,

    /// <summary>It was refused, or a party did not do its part.</summary>
    Stopped,

    /// <summary>The person or the company said no.</summary>
    Declined,

    /// <summary>The person went away.</summary>
    Left,
}

/// <summary>What an event changes in the summary of its sign-in. A null member leaves the summary as it is.</summary>
internal sealed record SignInChange
{
    /// <summary><c>Connected</c> also clears the cause of an earlier refusal.</summary>
    public SignInOutcome? Outcome { get; init; }

    /// <summary>Where a running sign-in waits, or where another one stopped. A refusal takes it from its cause.</summary>
    public Station? Station { get; init; }

    /// <summary>When the time of a running sign-in runs out.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>As it was sent: perhaps not the id of a client.</summary>
    public string? ClientId { get; init; }
    public string? ClientName { get; init; }

    /// <summary>The entry of the catalogue of well-known clients, or <see cref="OtherFamily"/>.</summary>
    public string? Family { get; init; }
    public bool? Vouched { get; init; }
    public ResourceId? ResourceId { get; init; }
    public ConnectionId? ConnectionId { get; init; }
    public string? Subject { get; init; }
    public string? Email { get; init; }
    public string? RedirectHost { get; init; }

    /// <summary>The network of the browser, or of the program when there is no browser.</summary>
    public string? Network { get; init; }
    public string? Agent { get; init; }

    /// <summary>True when a deviation of the client was accepted.</summary>
    public bool? Tolerated { get; init; }
    public GrantId? GrantId { get; init; }

    /// <summary>What the sign-in is for. Null for an authorization request of a client: only these are counted.</summary>
    public string? Purpose { get; init; }

    /// <summary>Set by the recorder.</summary>
    public string? CauseCode { get; init; }

    public const string OtherFamily = "other";
}
