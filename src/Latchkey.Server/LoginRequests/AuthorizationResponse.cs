using Latchkey.Server.Clients;
using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.LoginRequests;

/// <summary>
/// The authorization response (OAuth 2.1 §4.1.2) with <c>state</c> byte for byte and <c>iss</c> (RFC 9207), by redirect or form post.
/// </summary>
internal sealed record AuthorizationResponse(string RedirectUri, ResponseMode Mode, IReadOnlyList<KeyValuePair<string, string>> Fields)
{
    public static AuthorizationResponse Code(AuthorizationRequest request, Secret code) =>
        new(request.RedirectUri, request.ResponseMode, [new("code", code.Value), .. Common(request.State, request.Issuer)]);

    /// <param name="id">The authorization whose reference ends the description.</param>
    public static AuthorizationResponse Error(AuthorizationRequest request, OAuthError error, AuthorizationId id) =>
        new(request.RedirectUri, request.ResponseMode, ErrorFields(error, id, request.State, request.Issuer));

    public static AuthorizationResponse Error(
        RequestParameters parameters, Issuer entry, string redirectUri, OAuthError error, AuthorizationId id) => new(
        redirectUri,
        parameters["response_mode"] == "form_post" ? ResponseMode.FormPost : ResponseMode.Query,
        ErrorFields(error, id, parameters["state"], entry.Value));

    /// <summary>Adds parameters to a URL and keeps its query.</summary>
    public static string WithQuery(string url, IEnumerable<KeyValuePair<string, string>> fields)
    {
        var query = string.Join('&', fields.Select(f => $"{f.Key}={Uri.EscapeDataString(f.Value)}"));
        var separator = !url.Contains('?', StringComparison.Ordinal) ? "?" : url.EndsWith('?') || url.EndsWith('&') ? "" : "&";
        return url + separator + query;
    }

    /// <summary>The same response behind a link or a button of a page.</summary>
    public ReturnToClient Return =>
        Mode == ResponseMode.FormPost
            ? new(RedirectUri, Fields, ClientTrust.TargetOf(RedirectUri))
            : new(WithQuery(RedirectUri, Fields), Fields: null, ClientTrust.TargetOf(RedirectUri));

    /// <summary>The browser goes on to the client without another click.</summary>
    public IResult Send() => Mode == ResponseMode.FormPost
        ? new PageResponse(new PageView.FormPost(RedirectUri, Fields))
        : new Redirection(StatusCodes.Status303SeeOther, WithQuery(RedirectUri, Fields));

    private static List<KeyValuePair<string, string>> ErrorFields(OAuthError error, AuthorizationId id, string? state, string issuer) =>
    [
        new("error", error.Code), new("error_description", error.WithReference(SignInReference.Of(id)).Description),
        .. Common(state, issuer),
    ];

    private static IEnumerable<KeyValuePair<string, string>> Common(string? state, string issuer)
    {
        if (state is not null)
        {
            yield return new("state", state);
        }

        yield return new("iss", issuer);
    }
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
