using Microsoft.AspNetCore.Http;

namespace Latchkey.Sdk;

/// <summary>The login hand-off for a login page in ASP.NET Core.</summary>
/// <example>
/// An existing login page needs these lines after it has checked the password:
/// <code>
/// if (await latchkey.CompleteLoginAsync(HttpContext, new LatchkeyUser { Sub = user.Id, Email = user.Email }))
///     return new EmptyResult();      // the response is a redirect to Latchkey
/// return LocalRedirect("/");         // an ordinary sign-in, as before
/// </code>
/// </example>
public static class LatchkeyLoginPage
{
    internal const int LongestParameter = 512;

    /// <summary>
    /// Reads the two parameters of Latchkey's redirect from the query, or from the form if the page has copied them there.
    /// </summary>
    /// <param name="request">The browser's request to the login page.</param>
    /// <returns>The parameters, or null for an ordinary sign-in without Latchkey.</returns>
    public static LatchkeyVisit? GetLatchkeyVisit(this HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var loginRequestId = Parameter(request, "login_request_id");
        return loginRequestId is null ? null : new LatchkeyVisit(loginRequestId, Parameter(request, "state") ?? "");
    }

    /// <summary>
    /// Reports the user and redirects the browser to Latchkey (303). The page must not write to the response before or after.
    /// </summary>
    /// <param name="latchkey">The client, from dependency injection.</param>
    /// <param name="context">The browser's request, which must carry <c>login_request_id</c> in its query or form.</param>
    /// <param name="user">The user who signed in.</param>
    /// <param name="cancellationToken">Cancels the call. By default the call is cancelled when the browser disconnects.</param>
    /// <returns>True if the response is complete. False if the request has no <c>login_request_id</c>: nothing was sent and the page
    /// continues as before.</returns>
    /// <remarks>
    /// A user who is already signed in should first click a button that names the client
    /// (<see cref="LatchkeyClient.GetLoginRequestAsync(string, CancellationToken)"/>). Do not report a login only because the link was
    /// opened: with a connection in <c>state_only</c> mode an attacker could otherwise take over the login of a user who opens the
    /// attacker's link (session fixation).
    /// </remarks>
    /// <exception cref="LatchkeyException">Latchkey refused or could not be reached; nothing was written to the response.</exception>
    public static async Task<bool> CompleteLoginAsync(
        this LatchkeyClient latchkey, HttpContext context, LatchkeyUser user, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(latchkey);
        ArgumentNullException.ThrowIfNull(context);
        if (context.Request.GetLatchkeyVisit() is not { } visit)
        {
            return false;
        }

        var redirect = await latchkey.ReportUserAsync(visit.LoginRequestId, user, CancellationOf(context, cancellationToken));
        SendBack(context, redirect);
        return true;
    }

    /// <summary>Rejects the login request because the user cancelled or has no access,
    /// and redirects the browser to Latchkey (303).</summary>
    /// <param name="latchkey">The client, from dependency injection.</param>
    /// <param name="context">The browser's request, which must carry <c>login_request_id</c> in its query or form.</param>
    /// <param name="error">The error code for the MCP client; <c>access_denied</c> by default (RFC 6749 §4.1.2.1).</param>
    /// <param name="errorDescription">A sentence for the client's log, or null.</param>
    /// <param name="cancellationToken">Cancels the call. By default the call is cancelled when the browser disconnects.</param>
    /// <returns>True if the response is complete. False if the request has no <c>login_request_id</c>: nothing was sent.</returns>
    /// <exception cref="LatchkeyException">Latchkey refused or could not be reached; nothing was written to the response.</exception>
    public static async Task<bool> CancelLoginAsync(
        this LatchkeyClient latchkey,
        HttpContext context,
        string error = "access_denied",
        string? errorDescription = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(latchkey);
        ArgumentNullException.ThrowIfNull(context);
        if (context.Request.GetLatchkeyVisit() is not { } visit)
        {
            return false;
        }

        var redirect = await latchkey.RejectAsync(
            latchkey.OwnConnection, visit.LoginRequestId, error, errorDescription, CancellationOf(context, cancellationToken));
        SendBack(context, redirect);
        return true;
    }

    private static CancellationToken CancellationOf(HttpContext context, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? cancellationToken : context.RequestAborted;

    private static void SendBack(HttpContext context, LoginRedirect redirect)
    {
        // 303: the browser sent a POST and must continue with a GET. The URL holds the proof,
        // so it must not be cached or sent as a referrer.
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = redirect.RedirectUri.AbsoluteUri;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
    }

    /// <summary>A repeated parameter is joined into a text that matches no login request, so that Latchkey refuses it.</summary>
    private static string? Parameter(HttpRequest request, string name)
    {
        var values = request.Query[name];
        if (values.Count == 0 && request.HasFormContentType)
        {
            values = request.Form[name];
        }

        var text = values.Count == 0 ? null : values.ToString();
        return string.IsNullOrEmpty(text) ? null : text;
    }
}

/// <summary>The parameters with which Latchkey sent a browser to the login page.</summary>
/// <param name="LoginRequestId">The id of the login request, <c>lri_…</c>, unchecked.</param>
/// <param name="State">The state that the callback must carry. An app that uses the returned redirect does not need it.</param>
public sealed record LatchkeyVisit(string LoginRequestId, string State);
