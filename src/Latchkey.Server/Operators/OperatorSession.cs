namespace Latchkey.Server.Operators;

/// <summary>One signed-in browser of an operator.</summary>
internal sealed record OperatorSession
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);
    public static readonly TimeSpan IdleLifetime = TimeSpan.FromHours(1);

    /// <summary>How long after a password or passkey an operator may do what needs a recent one.</summary>
    public static readonly TimeSpan ConfirmationLifetime = TimeSpan.FromMinutes(10);

    /// <summary>How long a message waits for the next page.</summary>
    public static readonly TimeSpan ToastLifetime = TimeSpan.FromMinutes(1);

    public required OperatorSessionId Id { get; init; }
    public required Operator Operator { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>The last time the operator gave a password or a passkey.</summary>
    public required DateTimeOffset ConfirmedAt { get; init; }

    /// <summary>The network at sign-in, shown to the operator.</summary>
    public required string Network { get; init; }

    /// <summary>The <c>User-Agent</c> at sign-in, shown to the operator.</summary>
    public required string Agent { get; init; }

    /// <summary>A message for the next page, or null.</summary>
    public string? Toast { get; init; }
    public DateTimeOffset? ToastAt { get; init; }

    public bool IsLive(DateTimeOffset now) => now < CreatedAt + Lifetime && now < SeenAt + IdleLifetime;

    public bool IsConfirmed(DateTimeOffset now) => now < ConfirmedAt + ConfirmationLifetime;
}
