using Latchkey.Server.Connections;
using Latchkey.Server.Login;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Authorize;

/// <summary>
/// The state machine of one login request. The cases are the stages, and a method of a stage is a transition out of it. The store runs
/// each transition as one conditional update, so only one of several concurrent requests takes it; the others read the stage again.
/// <code>
/// AwaitingLogin --report--> AwaitingReturn --callback--> AwaitingConsent --allow--> AwaitingExchange --token--> Exchanged
///      |  \--reject, login_failed--> Refused                 |   \--not you--> Ended, and a new login request of the same authorization
///      +------------------- burnt, expired, denied ----------+----------------------------------------------------> Ended
/// </code>
/// </summary>
internal abstract record AuthRequest
{
    private AuthRequest(LoginVisit details) => Visit = details;

    /// <summary>The members that are the same in every stage.</summary>
    public LoginVisit Visit { get; }

    public sealed record AwaitingLogin(LoginVisit Visit) : AuthRequest(Visit)
    {
        public AwaitingReturn Reported(LoginReport report, DateTimeOffset now, TimeSpan reportLifetime) => new(Visit, report, now, now + reportLifetime);

        public Refused RefusedBy(OAuthError answer, DateTimeOffset now) => new(Visit, answer, now);
    }

    /// <summary>The report has arrived; the browser has not returned yet.</summary>
    public sealed record AwaitingReturn(LoginVisit Visit, LoginReport Report, DateTimeOffset ReportedAt, DateTimeOffset ReturnBy) : AuthRequest(Visit)
    {
        public AwaitingConsent Returned(DateTimeOffset now, TimeSpan consentLifetime) => new(Visit, Report, ReportedAt, now, now + consentLifetime);
    }

    /// <summary>The login page rejected the sign-in; the client gets the error when the browser returns.</summary>
    public sealed record Refused(LoginVisit Visit, OAuthError Answer, DateTimeOffset RefusedAt) : AuthRequest(Visit);

    public sealed record AwaitingConsent(LoginVisit Visit, LoginReport Report, DateTimeOffset ReportedAt, DateTimeOffset ReturnedAt, DateTimeOffset ConsentBy) : AuthRequest(Visit)
    {
        public AwaitingExchange Allowed(Scope scope, DateTimeOffset now, TimeSpan codeLifetime) => new(Visit, Report, ReportedAt, scope, now, now + codeLifetime);

        public Ended Denied(DateTimeOffset now) =>
            new(Visit, EndReason.Denied, OAuthError.AccessDenied("The person denied the request."), Report.User.Subject, GrantId: null, now);
    }

    /// <summary>The person consented; the client has not redeemed the code yet.</summary>
    public sealed record AwaitingExchange(LoginVisit Visit, LoginReport Report, DateTimeOffset ReportedAt, Scope Scope, DateTimeOffset DecidedAt, DateTimeOffset CodeBy) : AuthRequest(Visit)
    {
        public Exchanged ExchangedFor(GrantId grant, DateTimeOffset now) => new(Visit, Report, Scope, grant, now);
    }

    public sealed record Exchanged(LoginVisit Visit, LoginReport Report, Scope Scope, GrantId Grant, DateTimeOffset ExchangedAt) : AuthRequest(Visit);

    /// <param name="Answer">The error for the client. Null when the browser ends at an error page instead.</param>
    /// <param name="GrantId">The grant that was revoked together with the login request, if one existed.</param>
    public sealed record Ended(LoginVisit Visit, EndReason Reason, OAuthError? Answer, string? Subject, GrantId? GrantId, DateTimeOffset EndedAt) : AuthRequest(Visit);
}

/// <summary>What is known about a login request from its start.</summary>
/// <param name="DeriveKey">Id of the key from which state, binding cookie, proof, code and form token are derived.</param>
/// <param name="LoginBy">The time until which a report is accepted.</param>
internal sealed record LoginVisit(
    LoginRequestId Id,
    AuthRequestId AuthRequestId,
    ConnectionId ConnectionId,
    ResourceId ResourceId,
    ClientId ClientId,
    string DeriveKey,
    CallbackVerification Verification,
    AuthorizeRequest Request,
    DateTimeOffset CreatedAt,
    DateTimeOffset LoginBy);

/// <summary>The authorization request of an MCP client, after every check.</summary>
/// <param name="RedirectUri">One of the client's registered redirect URIs; the response goes there.</param>
/// <param name="Scope">The grantable scopes of the resource and of the protocol, in the client's order.</param>
/// <param name="Issuer">The issuer that the client used; the <c>iss</c> of the response.</param>
/// <param name="State">Returned to the client byte for byte.</param>
/// <param name="MaxAge">In seconds.</param>
/// <param name="Nonce">Returned in the ID token byte for byte (OpenID Connect Core §2).</param>
internal sealed record AuthorizeRequest(
    string RedirectUri,
    string Scope,
    string CodeChallenge,
    ResponseMode ResponseMode,
    string Issuer,
    string? State = null,
    string? Prompt = null,
    long? MaxAge = null,
    string? AcrValues = null,
    string? LoginHint = null,
    string? UiLocales = null,
    string? Nonce = null);

internal enum ResponseMode
{
    Query,
    FormPost,
}

/// <summary>Why a login request ended without a token; the sign-in log explains each reason.</summary>
internal enum EndReason
{
    /// <summary>A callback came from a browser without the binding cookie.</summary>
    ForeignBrowser,

    /// <summary>A callback came without the proof, or with a wrong one.</summary>
    ProofMissing,

    /// <summary><c>state_only</c>: a callback came before the report.</summary>
    CallbackBeforeReport,

    /// <summary>The person pressed Deny.</summary>
    Denied,

    /// <summary>The person chose "not you"; another login request took over.</summary>
    NotYou,

    /// <summary>The consent was revoked before its code was redeemed.</summary>
    ConsentRevoked,
}
