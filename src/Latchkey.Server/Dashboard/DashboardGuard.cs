using Latchkey.Server.Limits;

namespace Latchkey.Server.Dashboard;

/// <summary>
/// The checks of every route of the dashboard, in this order. The cookie is <c>SameSite=Strict</c>, so a request that another site causes
/// has no session; the other checks hold also in a browser that ignores that.
/// </summary>
internal static class DashboardGuard
{
    /// <summary>Returns the response of a request that does not reach its handler, or null.</summary>
    public static async Task<IResult?> RefusalAsync(DashboardRequest request, DashboardRoute route)
    {
        var http = request.Http;
        if (Navigation.IsFramed(http.Request))
        {
            return DashboardErrors.Framed.Page(request);
        }

        var isPost = HttpMethods.IsPost(route.Method);
        if (isPost && !IsOwnOrigin(http.Request, request.Settings.BaseUrl))
        {
            return DashboardErrors.ForeignOrigin.Page(request);
        }

        var limits = http.RequestServices.GetRequiredService<RateLimits>();
        if (request.Session is null && !route.IsNeverSlowed && limits.Spent(http) is { } exceeded)
        {
            return DashboardErrors.TooManyRequests(exceeded).Page(request);
        }

        if (route.Role is not null && request.Session is null)
        {
            return isPost ? DashboardErrors.SignedOut.Page(request) : SignInFirst(request);
        }

        if (!request.May(route))
        {
            return DashboardErrors.Forbidden(request.Operator.Role, route.Role!.Value).Page(request);
        }

        if (isPost)
        {
            // Only an operator posts a form with a row per permission.
            var maxFields = route.Role is null ? RequestParameters.MaxFields : RequestParameters.ManyFields;
            if (await RequestParameters.FormAsync(http.Request, request.Aborted, maxFields) is not { } form)
            {
                return DashboardErrors.NoFormToken.Page(request);
            }

            request.Form = form;
            if (route.Role is not null && !Secret.AreEqual(form["form_token"] ?? "", request.FormToken(request.Path)))
            {
                return DashboardErrors.NoFormToken.Page(request);
            }
        }

        return route.NeedsConfirmation && !request.Session!.IsConfirmed(request.Now)
            ? await request.RedirectAsync(DashboardPaths.Confirm(request.Path))
            : null;
    }

    /// <summary>Every browser sends <c>Origin</c> with a form post; a missing one is refused too.</summary>
    private static bool IsOwnOrigin(HttpRequest request, string own) =>
        request.Headers.Origin.ToString().Equals(own, StringComparison.OrdinalIgnoreCase)
        && request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin";

    /// <summary>
    /// After a click on a link of another site, browsers leave a <c>SameSite=Strict</c> cookie out. A page that loads the same address
    /// again makes the request one of this site.
    /// </summary>
    private static IResult SignInFirst(DashboardRequest request) =>
        request.Http.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
            ? request.Page<ArrivalPage, Arrival>(
                "One moment", new Arrival(request.Path + request.Http.Request.QueryString))
            : new RedirectToSignIn(DashboardPaths.SignIn(request.Path + request.Http.Request.QueryString));

    private sealed class RedirectToSignIn(string path) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Redirect(path);
            return Task.CompletedTask;
        }
    }
}

/// <summary>The data of <c>ArrivalPage</c>.</summary>
internal sealed record Arrival(string Path);
