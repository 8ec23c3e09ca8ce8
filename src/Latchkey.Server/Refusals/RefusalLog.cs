using Latchkey.Server.Limits;
using Latchkey.Server.Network;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Refusals;

/// <summary>
/// Records each refusal once, as an event of its sign-in with its cause and facts, and as one line of the log with the reference that the
/// answer shows. Refusals that are counted together have one line.
/// </summary>
internal sealed partial class RefusalLog(SignInRecorder signIns, ClientAddress address, ILogger<RefusalLog> logger)
{
    private const int EventId = 1100;

    /// <summary>A pushed request that is refused is a sign-in of its own, like one that the browser brings.</summary>
    private const string AuthorizeRefused = "authorize.refused";

    /// <summary>Records a refusal that a caller can cause any number of times.</summary>
    /// <param name="about">What is known of the request: client, redirect URI, resource.</param>
    /// <param name="kind">What counts as one flood. Null: refusals of this event and cause.</param>
    /// <param name="isAttack">Whether the refusal shows an attack on the sign-in of <paramref name="loginRequest"/>.</param>
    /// <returns>The authorization where the event is found.</returns>
    public AuthorizationId Refused(
        HttpContext http, AuthorizationId id, LoginRequestId? loginRequest, string name, Cause cause, IReadOnlyList<Fact> facts,
        SignInChange? about = null, string? kind = null, bool isAttack = false)
    {
        var known = WithRequest(http, cause, facts);
        var found = signIns.Refused(http, id, loginRequest, name, cause, known, about, kind, isAttack);
        if (found == id)
        {
            Log(http, SignInReference.Of(id), cause, known);
        }

        return found;
    }

    /// <summary>
    /// Records a refusal that a caller cannot repeat at will: it ends the step, or the caller is known, or its attempts are limited.
    /// </summary>
    public void Recorded(
        HttpContext? http, AuthorizationId id, LoginRequestId? loginRequest, string name, Cause cause, IReadOnlyList<Fact> facts,
        SignInChange? change = null, Actor? actor = null)
    {
        var known = http is null ? facts : WithRequest(http, cause, facts);
        signIns.RecordRefusal(id, loginRequest, name, cause, known, change, actor?.ToString());
        Log(http, SignInReference.Of(id), cause, known);
    }

    /// <summary>Records a refusal that has its line already as an event of another sign-in, which it is about.</summary>
    public void Repeat(
        HttpContext http, AuthorizationId id, LoginRequestId loginRequest, string name, Cause cause, IReadOnlyList<Fact> facts) =>
        signIns.Refused(http, id, loginRequest, name, cause, facts);

    /// <summary>Records a refusal by a rate limit: the first of a flood, and the number of the others.</summary>
    public AuthorizationId RateLimited(
        HttpContext http, RateLimitExceeded exceeded, string name, Cause cause, IReadOnlyList<Fact>? facts = null)
    {
        if (exceeded.IsFirst)
        {
            Log(http, SignInReference.Of(exceeded.AuthorizationId), cause, []);
        }

        return signIns.RateLimited(http, exceeded, name, cause, facts ?? [], AboutClient(facts ?? []));
    }

    /// <summary>Records the refusal of a program, unless it is recorded already.</summary>
    /// <returns>The reference with which it is found.</returns>
    public string Record(HttpContext http, OAuthErrorResponse refusal)
    {
        var name = RefusalEvents.Of(http);
        return refusal switch
        {
            { Exceeded: { } exceeded } => SignInReference.Of(RateLimited(http, exceeded, name, refusal.Cause, refusal.Facts)),
            { SignIn: { IsRecorded: true } known } => SignInReference.Of(known.Id),
            { SignIn: { } known } => SignInReference.Of(OfKnown(http, known, name, refusal)),
            _ when name == AuthorizeRefused => SignInReference.Of(Refused(
                http, AuthorizationId.New(), loginRequest: null, name, refusal.Cause, refusal.Facts, AboutClient(refusal.Facts))),
            _ => Unattributed(http, refusal.Cause, refusal.Facts),
        };
    }

    /// <summary>Records a refusal that belongs to no sign-in. Equal ones of a network and minute are counted.</summary>
    /// <returns>The reference with which it is found.</returns>
    public string Unattributed(HttpContext http, Cause cause, IReadOnlyList<Fact> facts)
    {
        var known = WithRequest(http, cause, facts);
        var (reference, isFirst) = signIns.Unattributed(http, cause, known);
        if (isFirst)
        {
            Log(http, reference, cause, known);
        }

        return reference;
    }

    private AuthorizationId OfKnown(HttpContext http, SignInOfRefusal known, string name, OAuthErrorResponse refusal)
    {
        // In a flood, the client still gets the reference of its own sign-in, which has the first of these refusals.
        _ = Refused(http, known.Id, known.LoginRequest, name, refusal.Cause, refusal.Facts);
        return known.Id;
    }

    private static SignInChange? AboutClient(IReadOnlyList<Fact> facts) =>
        facts.FirstOrDefault(fact => fact is { Kind: FactKind.Sent, Name: FactNames.ClientId }) is { } client
            ? new() { ClientId = client.Value, ClientName = facts.FirstOrDefault(fact => fact.Name == FactNames.ClientName)?.Value }
            : null;

    /// <summary>Adds what the words of the cause say about the request itself.</summary>
    private IReadOnlyList<Fact> WithRequest(HttpContext http, Cause cause, IReadOnlyList<Fact> facts)
    {
        var missing = CauseText.Placeholders(cause.Title)
            .Where(name => !facts.Any(fact => fact.Name == name && fact.Kind != FactKind.Expected)).ToList();
        return missing.Count == 0 ? facts :
        [
            .. facts,
            .. missing.Select(name => name switch
            {
                FactNames.Network => Fact.Seen(name, address.Of(http).ToString()),
                FactNames.Path => Fact.Sent(name, http.Request.Path),
                FactNames.Method => Fact.Sent(name, http.Request.Method),
                _ => null,
            }).OfType<Fact>(),
        ];
    }

    private void Log(HttpContext? http, string reference, Cause cause, IReadOnlyList<Fact> facts)
    {
        var client = facts.FirstOrDefault(fact => fact.Name == FactNames.ClientId)?.Value;
        Refused(
            logger, cause.Code, reference, client is null ? "-" : OAuthError.Printable(client),
            http is null ? "-" : address.Of(http).ToString());
    }

    [LoggerMessage(EventId, LogLevel.Information, "Refused: {Cause} (reference {Reference}, client {ClientId}, network {Network})")]
    private static partial void Refused(ILogger logger, string cause, string reference, string clientId, string network);
}

/// <summary>The names of the events of refusals.</summary>
internal static class RefusalEvents
{
    /// <summary>The name for a request to a route: that of the page, or that of the endpoint.</summary>
    public static string Of(HttpContext http)
    {
        if (RouteCost.Of(http.GetEndpoint()) is RouteCost.Page page)
        {
            return page.Event;
        }

        var path = http.Request.Path.Value?.TrimEnd('/') ?? "";
        return path.EndsWith("/oauth/token", StringComparison.OrdinalIgnoreCase) ? "token.refused"
            : path.EndsWith("/oauth/par", StringComparison.OrdinalIgnoreCase) ? "authorize.refused"
            : path.EndsWith("/oauth/revoke", StringComparison.OrdinalIgnoreCase) ? "revocation.refused"
            : path.EndsWith("/oauth/introspect", StringComparison.OrdinalIgnoreCase) ? "introspection.refused"
            : path.EndsWith(":register", StringComparison.OrdinalIgnoreCase)
                || path.StartsWith("/oauth/register", StringComparison.OrdinalIgnoreCase) ? "registration.refused"
            : "request.refused";
    }
}
