using System.Net;

namespace Latchkey.Sdk;

/// <summary>The kinds of failed calls that a login page distinguishes.</summary>
public enum LatchkeyFailure
{
    /// <summary>The response is unknown to this version of the package. <see cref="LatchkeyException.Code"/> holds its code.</summary>
    Unexpected,

    /// <summary>404: this connection has no such login request. The link is wrong or belongs to another app.
    /// Tell the user to start again in the client.</summary>
    LoginRequestUnknown,

    /// <summary>410: the login request has expired (after 15 minutes by default). Tell the user to start again in the client.</summary>
    LoginRequestExpired,

    /// <summary>409: the browser has already returned, or the request was rejected or has ended.
    /// Tell the user to look at the client.</summary>
    LoginRequestAnswered,

    /// <summary>409: another user was reported for this login request first.
    /// The link may have been opened by two users: do not retry.</summary>
    LoginRequestOfOtherUser,

    /// <summary>
    /// 422: the resource requires a recent or strong sign-in as the client asked for,
    /// and the report does not show it (<c>auth_time</c>, <c>acr</c>).
    /// Ask for the password again and repeat the report.
    /// </summary>
    LoginNotFresh,

    /// <summary>
    /// 401, 403, or 404 for the connection: the API client's credential was refused, or its role or connections do not permit the call.
    /// The app's operator has to correct this.
    /// </summary>
    CredentialRefused,

    /// <summary>400: a field of the user is missing or invalid; <see cref="LatchkeyException.Errors"/> names it.
    /// The app's developer has to correct this.</summary>
    UserInvalid,

    /// <summary>404 of a call about a user: no user with this <c>sub</c> was reported at this connection.</summary>
    UserUnknown,

    /// <summary>429, 5xx, no connection, or a timeout. Every call can be repeated:
    /// a second report of the same user returns the same result.</summary>
    Unavailable,
}

/// <summary>Latchkey refused a call or could not be reached.</summary>
public sealed class LatchkeyException : Exception
{
    internal LatchkeyException(LatchkeyFailure failure, string message, Exception? inner = null)
        : base(message, inner) => Failure = failure;

    /// <summary>The kind of failure, for a <c>switch</c> in the login page.</summary>
    public LatchkeyFailure Failure { get; }

    /// <summary>Latchkey's own code (<c>code</c> of the problem details, or <c>error</c> of the token endpoint), stable across versions.
    /// Null without a response.</summary>
    public string? Code { get; internal init; }

    /// <summary>The HTTP status, or null without a response.</summary>
    public HttpStatusCode? Status { get; internal init; }

    /// <summary>The error in one line (RFC 9457 <c>title</c>).</summary>
    public string? Title { get; internal init; }

    /// <summary>The cause of this error and how to correct it (RFC 9457 <c>detail</c>).
    /// For logs and developers, not for the user.</summary>
    public string? Detail { get; internal init; }

    /// <summary>The errors by field; empty when the error is not about a field.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Errors { get; internal init; } =
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
}
