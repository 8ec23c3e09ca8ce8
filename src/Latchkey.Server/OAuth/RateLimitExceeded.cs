namespace Latchkey.Server.OAuth;

/// <summary>A request that exceeded a rate limit.</summary>
/// <param name="AuthorizationId">The authorization in the sign-in log to which the error page's reference leads.</param>
/// <param name="IsFirst">Whether this is the first refusal of this key within the period: only that one is recorded.</param>
internal sealed record RateLimitExceeded(int RetryAfterSeconds, AuthorizationId AuthorizationId, bool IsFirst)
{
    /// <summary>True when the server as a whole has no room, not only for this network.</summary>
    public bool IsOfServer { get; init; }

    /// <summary>The text for <c>error_description</c> and problem details.</summary>
    public string Sentence(string what) => IsOfServer
        ? $"The server has no room for more {what} at the moment; try again in {RetryAfterSeconds} s."
        : $"Too many {what}; try again in {RetryAfterSeconds} s.";
}
