using Latchkey.Server.SignIns;

namespace Latchkey.Server.Authorize;

/// <summary>An error that goes back to the client (OAuth 2.1 §4.1.2.1), with its cause and the facts it rests on.</summary>
internal sealed record AuthorizationError(Cause Cause, OAuthError Error)
{
    /// <summary>What was sent, and what was expected.</summary>
    public IReadOnlyList<Fact> Facts { get; init; } = [];

    /// <summary>Adds what was sent or expected.</summary>
    public AuthorizationError With(params ReadOnlySpan<Fact> facts) => this with { Facts = [.. Facts, .. facts] };
}
