using Latchkey.Server.Connections;
using Latchkey.Server.Network;
using Latchkey.Server.Resources;

namespace Latchkey.Server.LoginRequests;

/// <summary>
/// The state machine of one login request. The cases are the stages, and a method of a stage is a transition out of it. The store runs
/// each transition as one conditional update, so only one of several concurrent requests takes it; the others read the stage again.
/// <code>
/// AwaitingLogin --report--> AwaitingReturn --callback--> AwaitingConsent --allow--> AwaitingExchange --token--> Exchanged
///      |  \                       |  \--callback--> Confirmed (a purpose that ends at a page of this server)
///      |  \--reject, login_failed--> Refused                 |   \--not you--> Ended, and a new login request of the same authorization
///      +------------------- burnt, expired, denied ----------+----------------------------------------------------> Ended
/// </code>
/// Only a login request of purpose Authorization reaches AwaitingConsent (<see cref="LoginPurpose"/>).
/// </summary>
internal abstract record LoginRequest
{
    private LoginRequest(LoginRequestDetails details) => Details = details;

    /// <summary>The members that are the same in every stage.</summary>
    public LoginRequestDetails Details { get; }

    public sealed record AwaitingLogin(LoginRequestDetails Details) : LoginRequest(Details)
    {
        public AwaitingReturn Reported(LoginReport report, DateTimeOffset now, TimeSpan reportLifetime) =>
            new(Details, report, now, now + reportLifetime);

        public Refused RefusedBy(OAuthError answer, DateTimeOffset now) => new(Details, answer, now);
    }

    /// <summary>The report has arrived; the browser has not returned yet.</summary>
    public sealed record AwaitingReturn(LoginRequestDetails Details, LoginReport Report, DateTimeOffset ReportedAt, DateTimeOffset ReturnBy)
        : LoginRequest(Details)
    {
        /// <summary>No repetition of the report keeps the proof valid for longer than this after the first report.</summary>
        public static readonly TimeSpan MaxReturnTime = TimeSpan.FromMinutes(10);

        /// <summary>The same person was reported again: the proof is valid for its lifetime from now on.</summary>
        public AwaitingReturn ReportedAgain(DateTimeOffset now, TimeSpan reportLifetime)
        {
            var latest = ReportedAt + MaxReturnTime;
            var returnBy = now + reportLifetime < latest ? now + reportLifetime : latest;
            return returnBy > ReturnBy ? this with { ReturnBy = returnBy } : this;
        }

        /// <summary>The callback was accepted. The purpose decides which stage follows.</summary>
        /// <param name="verification">The mode in which the callback was accepted.</param>
        /// <param name="lifetime">How long the consent page, or the page at which the login request ends, can be reached.</param>
        public LoginRequest Returned(CallbackVerification verification, DateTimeOffset now, TimeSpan lifetime)
        {
            var details = Details with { Verification = verification };
            return Details.Purpose switch
            {
                LoginPurpose.Authorization => new AwaitingConsent(details, Report, ReportedAt, now, now + lifetime),
                LoginPurpose.Test => new Confirmed(details, Report, ReportedAt, now, now + lifetime),
                LoginPurpose.Account => new Confirmed(details, Report, ReportedAt, now, now + LoginPurpose.Account.SessionLifetime),
            };
        }
    }

    /// <summary>The login page rejected the sign-in; the client gets the error when the browser returns.</summary>
    public sealed record Refused(LoginRequestDetails Details, OAuthError Answer, DateTimeOffset RefusedAt) : LoginRequest(Details);

    public sealed record AwaitingConsent(
        LoginRequestDetails Details, LoginReport Report, DateTimeOffset ReportedAt, DateTimeOffset ReturnedAt, DateTimeOffset ConsentBy)
        : LoginRequest(Details)
    {
        /// <param name="claims">The claims about the person that the consent page named and the person did not untick.</param>
        public AwaitingExchange Allowed(Scope scope, IReadOnlyList<TokenClaim> claims, DateTimeOffset now, TimeSpan codeLifetime) =>
            new(Details, Report, ReportedAt, scope, now, now + codeLifetime) { Claims = claims };

        public Ended Denied(DateTimeOffset now) =>
            new(
                Details, EndReason.Denied, OAuthError.AccessDenied("The person denied the request."), Report.User.Subject, GrantId: null,
                now);
    }

    /// <summary>
    /// The browser of the reported person came back, and the login request ends at a page of this server. No transition leads on from here.
    /// </summary>
    /// <param name="OpenUntil">Until then the callback leads to that page again (reload, Back).</param>
    public sealed record Confirmed(
        LoginRequestDetails Details, LoginReport Report, DateTimeOffset ReportedAt, DateTimeOffset ReturnedAt, DateTimeOffset OpenUntil)
        : LoginRequest(Details);

    /// <summary>The person consented; the client has not redeemed the code yet.</summary>
    public sealed record AwaitingExchange(
        LoginRequestDetails Details, LoginReport Report, DateTimeOffset ReportedAt, Scope Scope, DateTimeOffset DecidedAt,
        DateTimeOffset CodeBy) : LoginRequest(Details)
    {
        public IReadOnlyList<TokenClaim> Claims { get; init; } = TokenClaims.Default;

        /// <summary>Whether the consent page said that access lasts. Null in rows of an earlier version.</summary>
        public bool? KeepsAccess { get; init; }

        /// <summary>How long the consent page said that access lasts at most. Null in rows of an earlier version.</summary>
        public TimeSpan? LastsAtMost { get; init; }

        /// <summary>The external id of the organisation that the person chose. Null when there was no choice.</summary>
        public string? Organization { get; init; }

        public Exchanged ExchangedFor(GrantId grant, DateTimeOffset now) => new(Details, Report, Scope, grant, now);
    }

    public sealed record Exchanged(LoginRequestDetails Details, LoginReport Report, Scope Scope, GrantId Grant, DateTimeOffset ExchangedAt)
        : LoginRequest(Details);

    /// <param name="Answer">The error for the client. Null when the browser ends at an error page instead.</param>
    /// <param name="GrantId">The grant that was revoked together with the login request, if one existed.</param>
    public sealed record Ended(
        LoginRequestDetails Details, EndReason Reason, OAuthError? Answer, string? Subject, GrantId? GrantId, DateTimeOffset EndedAt)
        : LoginRequest(Details);
}

/// <summary>What is known about a login request from its start.</summary>
internal sealed record LoginRequestDetails
{
    public required LoginRequestId Id { get; init; }
    public required AuthorizationId AuthorizationId { get; init; }
    public required ConnectionId ConnectionId { get; init; }
    public required LoginPurpose Purpose { get; init; }

    /// <summary>Id of the key from which state, binding cookie, proof, code and form token are derived.</summary>
    public required string DeriveKey { get; init; }

    /// <summary>The mode of the connection at the start; after the callback, the mode in which the callback was accepted.</summary>
    public required CallbackVerification Verification { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The time until which a report is accepted.</summary>
    public required DateTimeOffset LoginBy { get; init; }

    /// <summary>When the backend first asked what is wanted. Recorded for tests of a login page only.</summary>
    public DateTimeOffset? ContextReadAt { get; init; }

    /// <summary>Not public, so that <c>ToString</c> does not read it. It throws for every other purpose than Authorization.</summary>
    internal ClientId ClientId => Asked.ClientId;

    /// <inheritdoc cref="ClientId"/>
    internal ResourceId ResourceId => Asked.ResourceId;

    /// <inheritdoc cref="ClientId"/>
    internal AuthorizationRequest Request => Asked.Request;

    private LoginPurpose.Authorization Asked => Purpose as LoginPurpose.Authorization
        ?? throw new InvalidOperationException($"{Id} is of purpose {Purpose.Name}, so it has no client.");
}

/// <summary>The authorization request of an MCP client, after every check.</summary>
internal sealed record AuthorizationRequest
{
    /// <summary>One of the client's registered redirect URIs; the response goes there.</summary>
    public required string RedirectUri { get; init; }

    /// <summary>The grantable scopes of the resource and of the protocol, in the client's order.</summary>
    public required string Scope { get; init; }

    /// <summary>The part of <see cref="Scope"/> that the consent page offers unticked. Null when there is none.</summary>
    public string? UntickedScope { get; init; }
    public required string CodeChallenge { get; init; }
    public required ResponseMode ResponseMode { get; init; }

    /// <summary>The issuer that the client used; the <c>iss</c> of the response.</summary>
    public required string Issuer { get; init; }

    /// <summary>Returned to the client byte for byte.</summary>
    public string? State { get; init; }
    public string? Prompt { get; init; }

    /// <summary>In seconds.</summary>
    public long? MaxAge { get; init; }
    public string? AcrValues { get; init; }
    public string? LoginHint { get; init; }
    public string? UiLocales { get; init; }

    /// <summary>Returned in the ID token byte for byte (OpenID Connect Core §2).</summary>
    public string? Nonce { get; init; }

    /// <summary>The network and program of the browser that began (<see cref="Presenter"/>). Null in rows of an earlier version.</summary>
    public string? BegunBy { get; init; }

    /// <summary>True when no page of another site began (<see cref="Navigation.IsBegunByPerson"/>). Null otherwise.</summary>
    public bool? IsBegunByPerson { get; init; }

    /// <summary>The bytes of the pushed request that this one used (RFC 9126). Null when it was not pushed.</summary>
    public int? PushedBytes { get; init; }

    /// <summary>The client's entry in the catalogue of well-known clients, or null: a label of metrics.</summary>
    public string? Family { get; init; }

    /// <summary>Set by the decision: whether the consent page said that access lasts (a refresh token).</summary>
    public bool? KeepsAccess { get; init; }

    /// <summary>Set by the decision: how long the consent page said that access lasts at most.</summary>
    public TimeSpan? LastsAtMost { get; init; }

    /// <summary>Set by the decision: the external id of the organisation that the person chose.</summary>
    public string? Organization { get; init; }

    /// <summary>The values of <c>resource</c> (RFC 8707) as sent, without repetition. Null when there were none.</summary>
    public IReadOnlyList<string>? ResourceIndicators { get; init; }
}

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

    /// <summary>The person signed out of the page of connected programs.</summary>
    SignedOut,

    /// <summary>The consent was revoked before its code was redeemed.</summary>
    ConsentRevoked,

    /// <summary>The client was deleted before the code was redeemed.</summary>
    ClientDeleted,

    /// <summary>The client's registration expired before the code was redeemed.</summary>
    ClientExpired,

    /// <summary>The client changed its name, redirect URIs or keys before the code was redeemed; the person saw the former ones.</summary>
    ClientChanged,
}
