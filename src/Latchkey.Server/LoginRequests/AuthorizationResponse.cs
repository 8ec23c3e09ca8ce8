using Latchkey.Server.Pages;

namespace Latchkey.Server.LoginRequests;

/// <summary>
/// The authorization response (OAuth 2.1 §4.1.2) with <c>state</c> byte for byte and <c>iss</c> (RFC 9207), by redirect or form post.
/// </summary>
internal static class AuthorizationResponse
{
    public static IResult Code(AuthorizationRequest request, Secret code) =>
        Send(request.RedirectUri, request.ResponseMode, [new("code", code.Value), .. Common(request.State, request.Issuer)]);

    public static IResult Error(AuthorizationRequest request, OAuthError error) =>
        Send(request.RedirectUri, request.ResponseMode, ErrorFields(error, request.State, request.Issuer));

    public static IResult Error(RequestParameters parameters, Issuer entry, string redirectUri, OAuthError error) => Send(
        redirectUri,
        parameters["response_mode"] == "form_post" ? ResponseMode.FormPost : ResponseMode.Query,
        ErrorFields(error, parameters["state"], entry.Value));

    /// <summary>The error response as a URL, for the link of an error page.</summary>
    public static string ErrorUrl(RequestParameters parameters, Issuer entry, string redirectUri, OAuthError error) =>
        WithQuery(redirectUri, ErrorFields(error, parameters["state"], entry.Value));

    /// <summary>Adds parameters to a URL and keeps its query.</summary>
    public static string WithQuery(string url, IEnumerable<KeyValuePair<string, string>> fields)
    {
        var query = string.Join('&', fields.Select(f => $"{f.Key}={Uri.EscapeDataString(f.Value)}"));
        var separator = !url.Contains('?', StringComparison.Ordinal) ? "?" : url.EndsWith('?') || url.EndsWith('&') ? "" : "&";
        return url + separator + query;
    }

    private static List<KeyValuePair<string, string>> ErrorFields(OAuthError error, string? state, string issuer) =>
        [new("error", error.Code), new("error_description", error.Description), .. Common(state, issuer)];

    private static IEnumerable<KeyValuePair<string, string>> Common(string? state, string issuer)
    {
        if (state is not null)
        {
            yield return new("state", state);
        }

        yield return new("iss", issuer);
    }

    private static IResult Send(string redirectUri, ResponseMode mode, List<KeyValuePair<string, string>> fields) =>
        mode == ResponseMode.FormPost
            ? new PageResponse(new PageView.FormPost(redirectUri, fields))
            : new Redirection(StatusCodes.Status303SeeOther, WithQuery(redirectUri, fields));
}

/// <summary>A redirect that is not cached. 303 after a form: the browser must not repeat the POST (RFC 9700 §4.12).</summary>
internal sealed class Redirection(int status, string location) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.Headers.Location = location;
        httpContext.Response.Headers.CacheControl = "no-store";
        httpContext.Response.Headers["Referrer-Policy"] = "same-origin";
        return Task.CompletedTask;
    }
}
