using Microsoft.AspNetCore.Http;

namespace Latchkey.Sdk;

/// <summary>The login page's side of the hand-off, in ASP.NET Core.</summary>
/// <example>
/// All that an existing login page needs, after the password was right:
/// <code>
/// if (await latchkey.CompleteLoginAsync(HttpContext, new LatchkeyUser { Sub = user.Id, Email = user.Email }))
///     return new EmptyResult();      // the browser is on its way back to Latchkey
/// return LocalRedirect("/");         // an ordinary sign-in, as before
/// </code>
/// </example>
public static class LatchkeyLoginPage
{
    internal const int LongestParameter = 512;

    /// <summary>
    /// Reads the two parameters Latchkey's redirect brought, from the query or, when the page's form carried them on, from the form.
    /// </summary>
    /// <param name="request">The browser's request to the login page.</param>
    /// <returns>The visit, or null: an ordinary sign-in that has nothing to do with Latchkey.</returns>
    public static LatchkeyVisit? GetLatchkeyVisit(this HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var loginRequestId = Parameter(request, "login_request_id");
        return loginRequestId is null ? null : new LatchkeyVisit(loginRequestId, Parameter(request, "state") ?? "");
    }

    /// <summary>
    /// Reports the person and answers the browser with the redirect back to Latchkey (303). Write nothing to the response before or after.
    /// </summary>
    /// <param name="latchkey">The client, from dependency injection.</param>
    /// <param name="context">The browser's request, which must carry <c>login_request_id</c> in its query or form.</param>
    /// <param name="user">The person who signed in.</param>
    /// <param name="cancellationToken">Gives up; default: when the browser hangs up.</param>
    /// <returns>True: the response is complete. False: the request has no <c>login_request_id</c>, nothing was sent, go on as before.</returns>
    /// <remarks>
    /// A person who is signed in already should press a button that names the client first
    /// (<see cref="LatchkeyClient.GetLoginRequestAsync(string, CancellationToken)"/>); do not report on the mere arrival of a link. With a connection in
    /// <c>state_only</c> mode the sign-in of whoever clicks a stranger's link could be taken over otherwise.
    /// </remarks>
    /// <exception cref="LatchkeyException">Latchkey refused or could not be reached; nothing was written to the response.</exception>
    public static async Task<bool> CompleteLoginAsync(this LatchkeyClient latchkey, HttpContext context, LatchkeyUser user, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(latchkey);
        ArgumentNullException.ThrowIfNull(context);
        if (context.Request.GetLatchkeyVisit() is not { } visit)
        {
            return false;
        }

        var redirect = await latchkey.ReportUserAsync(visit.LoginRequestId, user, Patience(context, cancellationToken));
        SendBack(context, redirect);
        return true;
    }

    /// <summary>The person said no, or may not come in: ends the login request and answers the browser with the redirect back (303).</summary>
    /// <param name="latchkey">The client, from dependency injection.</param>
    /// <param name="context">The browser's request, which must carry <c>login_request_id</c> in its query or form.</param>
    /// <param name="error">What the MCP client is told; default <c>access_denied</c> (RFC 6749 §4.1.2.1).</param>
    /// <param name="errorDescription">A sentence for whoever reads the client's log; null: none.</param>
    /// <param name="cancellationToken">Gives up; default: when the browser hangs up.</param>
    /// <returns>True: the response is complete. False: the request has no <c>login_request_id</c>, nothing was sent.</returns>
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

        var redirect = await latchkey.RejectAsync(latchkey.OwnConnection, visit.LoginRequestId, error, errorDescription, Patience(context, cancellationToken));
        SendBack(context, redirect);
        return true;
    }

    private static CancellationToken Patience(HttpContext context, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? cancellationToken : context.RequestAborted;

    private static void SendBack(HttpContext context, LoginRedirect redirect)
    {
        // 303: the browser came with a POST and must go on with a GET. The address holds the proof, so no cache and no Referer may keep it.
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = redirect.RedirectUri.AbsoluteUri;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
    }

    /// <summary>A parameter that came twice is taken as a text no login request has, so that Latchkey and not chance decides.</summary>
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

/// <summary>A browser that Latchkey sent to the login page.</summary>
/// <param name="LoginRequestId">Id of the login request, <c>lri_…</c>, as the browser brought it: unchecked.</param>
/// <param name="State">Goes back to Latchkey with the browser. Apps that use the returned redirect never need it.</param>
public sealed record LatchkeyVisit(string LoginRequestId, string State);
