using Latchkey.Server.Connections;
using Latchkey.Server.Login;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Authorize;

/// <summary>
/// Where one visit to the login page stands. The cases are the stages, a method of a stage is a way out of it; the store makes each way
/// one conditional update, so of any number of racing steps exactly one is taken and the others find out where they stand.
/// <code>
/// AwaitingLogin --report--> AwaitingReturn --callback--> AwaitingConsent --allow--> AwaitingExchange --token--> Exchanged
///      |  \--reject, login_failed--> Refused                 |   \--not you--> Ended, and a new visit under the same auth request
///      +------------------- burnt, expired, denied ----------+----------------------------------------------------> Ended
/// </code>
/// </summary>
internal abstract record AuthRequest
{
    private AuthRequest(LoginVisit visit) => Visit = visit;

    /// <summary>What does not change on the way.</summary>
    public LoginVisit Visit { get; }

    public sealed record AwaitingLogin(LoginVisit Visit) : AuthRequest(Visit)
    {
        public AwaitingReturn Reported(LoginReport report, DateTimeOffset now, TimeSpan reportLifetime) => new(Visit, report, now, now + reportLifetime);

        public Refused RefusedBy(OAuthError answer, DateTimeOffset now) => new(Visit, answer, now);
    }

    /// <summary>The company said who it is; the browser has not come back yet.</summary>
    public sealed record AwaitingReturn(LoginVisit Visit, LoginReport Report, DateTimeOffset ReportedAt, DateTimeOffset ReturnBy) : AuthRequest(Visit)
    {
        public AwaitingConsent Returned(DateTimeOffset now, TimeSpan consentLifetime) => new(Visit, Report, ReportedAt, now, now + consentLifetime);
    }

    /// <summary>The company turned the person away; the client hears it when the browser comes back.</summary>
    public sealed record Refused(LoginVisit Visit, OAuthError Answer, DateTimeOffset RefusedAt) : AuthRequest(Visit);

    public sealed record AwaitingConsent(LoginVisit Visit, LoginReport Report, DateTimeOffset ReportedAt, DateTimeOffset ReturnedAt, DateTimeOffset ConsentBy) : AuthRequest(Visit)
    {
        public AwaitingExchange Allowed(Scope scope, DateTimeOffset now, TimeSpan codeLifetime) => new(Visit, Report, ReportedAt, scope, now, now + codeLifetime);

        public Ended Denied(DateTimeOffset now) =>
            new(Visit, EndReason.Denied, OAuthError.AccessDenied("The person denied the request."), Report.User.Subject, GrantId: null, now);
    }

    /// <summary>The person said yes; the code is on its way to the client.</summary>
    public sealed record AwaitingExchange(LoginVisit Visit, LoginReport Report, DateTimeOffset ReportedAt, Scope Scope, DateTimeOffset DecidedAt, DateTimeOffset CodeBy) : AuthRequest(Visit)
    {
        public Exchanged ExchangedFor(GrantId grant, DateTimeOffset now) => new(Visit, Report, Scope, grant, now);
    }

    public sealed record Exchanged(LoginVisit Visit, LoginReport Report, Scope Scope, GrantId Grant, DateTimeOffset ExchangedAt) : AuthRequest(Visit);

    /// <param name="Answer">What the client is told, where a client may be told anything; null: a page of ours is the end.</param>
    /// <param name="GrantId">The grant that had come of it, where one had (it was revoked with the ending).</param>
    public sealed record Ended(LoginVisit Visit, EndReason Reason, OAuthError? Answer, string? Subject, GrantId? GrantId, DateTimeOffset EndedAt) : AuthRequest(Visit);
}

/// <summary>What is known of a visit from its first moment.</summary>
/// <param name="DeriveKey">Id of the key from which state, binding cookie, proof, code and form token of this visit are derived.</param>
/// <param name="LoginBy">Until when the company may report.</param>
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

/// <summary>What an MCP client asked for at <c>/oauth/authorize</c>, after every check.</summary>
/// <param name="RedirectUri">Where the answer goes; one of the client's own.</param>
/// <param name="Scope">Scopes of the resource and of the protocol that may be granted, in the client's order.</param>
/// <param name="Issuer">The entry used; the answer's <c>iss</c>.</param>
/// <param name="State">The client's, byte for byte.</param>
/// <param name="MaxAge">Seconds.</param>
/// <param name="Nonce">Comes back in the ID token, byte for byte (OpenID Connect Core §2).</param>
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

/// <summary>Why a visit ended without a token; the journey explains each in a sentence.</summary>
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

    /// <summary>The person said "not me"; another visit took over.</summary>
    NotYou,

    /// <summary>The consent was taken back while its code was still on the way.</summary>
    ConsentRevoked,
}
