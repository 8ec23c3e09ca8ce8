using System.Net;

namespace Latchkey.Sdk;

/// <summary>What a login page has to tell apart when Latchkey did not do what it was asked.</summary>
public enum LatchkeyFailure
{
    /// <summary>Latchkey answered something this version of the package does not know. <see cref="LatchkeyException.Code"/> says what.</summary>
    Unexpected,

    /// <summary>404: no such login request at this connection. The link is wrong or belongs to another app: tell the person to start again in their client.</summary>
    LoginRequestUnknown,

    /// <summary>410: the login request is too old (15 minutes by default). Tell the person to start again in their client.</summary>
    LoginRequestExpired,

    /// <summary>409: the browser has already gone back, or the request was rejected or stopped. Tell the person to look at their client.</summary>
    LoginRequestAnswered,

    /// <summary>409: somebody else was reported for this login request first. Two people may have been led through one login: do not retry.</summary>
    LoginRequestOfOtherUser,

    /// <summary>
    /// 422: the resource insists on the freshness or strength of sign-in the client asked for, and the report does not say it (<c>auth_time</c>, <c>acr</c>).
    /// Ask for the password again and report anew.
    /// </summary>
    LoginNotFresh,

    /// <summary>
    /// 401, 403, or 404 of the connection itself: the API client's credential was refused, or its role or connections do not cover the call.
    /// For the app's operator, not for the person.
    /// </summary>
    CredentialRefused,

    /// <summary>400: a field of the user is missing or not allowed; <see cref="LatchkeyException.Errors"/> names it. For the app's developer.</summary>
    UserInvalid,

    /// <summary>404 of a call about a person: nobody of that <c>sub</c> was ever reported at this connection.</summary>
    UserUnknown,

    /// <summary>429, 5xx, no connection or no answer in time. Every call may be repeated as it is: a second report of the same person gets the same answer.</summary>
    Unavailable,
}

/// <summary>Latchkey refused a call or could not be reached.</summary>
public sealed class LatchkeyException : Exception
{
    internal LatchkeyException(LatchkeyFailure failure, string message, Exception? inner = null)
        : base(message, inner) => Failure = failure;

    /// <summary>The case, for the page's <c>switch</c>.</summary>
    public LatchkeyFailure Failure { get; }

    /// <summary>Latchkey's own code (<c>code</c> of the problem details, or <c>error</c> of the token endpoint), stable across versions; null without an answer.</summary>
    public string? Code { get; internal init; }

    /// <summary>HTTP status of the answer; null without one.</summary>
    public HttpStatusCode? Status { get; internal init; }

    /// <summary>One line that says what is wrong (RFC 9457 <c>title</c>).</summary>
    public string? Title { get; internal init; }

    /// <summary>What is wrong this time and what to change (RFC 9457 <c>detail</c>). For logs and developers, not for the person.</summary>
    public string? Detail { get; internal init; }

    /// <summary>Field by field what to change; empty when no field is to blame.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Errors { get; internal init; } = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
}
