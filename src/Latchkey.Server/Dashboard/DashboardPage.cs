using Latchkey.Server.Operators;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Latchkey.Server.Dashboard;

/// <summary>
/// A page of the dashboard, rendered on the server inside <c>DashboardFrame</c>. Unlike the pages of a sign-in, it has no redirects to
/// other sites, so <c>form-action</c> is restricted too, and scripts run under Trusted Types without any policy.
/// </summary>
internal sealed class DashboardPage : IResult
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private readonly DashboardRequest request;
    private readonly string title;
    private readonly int status;
    private readonly RenderFragment content;

    private DashboardPage(DashboardRequest request, string title, int status, RenderFragment content) =>
        (this.request, this.title, this.status, this.content) = (request, title, status, content);

    public static DashboardPage Of<TPage, TModel>(DashboardRequest request, string title, TModel model, int status)
        where TPage : IComponent
        where TModel : notnull =>
        new(request, title, status, builder =>
        {
            builder.OpenComponent<CascadingValue<TModel>>(0);
            builder.AddComponentParameter(1, nameof(CascadingValue<>.Value), model);
            builder.AddComponentParameter(2, nameof(CascadingValue<>.IsFixed), value: true);
            builder.AddComponentParameter(3, nameof(CascadingValue<>.ChildContent), (RenderFragment)(inner =>
            {
                inner.OpenComponent<TPage>(0);
                inner.CloseComponent();
            }));
            builder.CloseComponent();
        });

    /// <summary>Sets the headers of every response of the dashboard.</summary>
    public static void Guard(HttpResponse response)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] =
            "camera=(), microphone=(), geolocation=(), payment=(), publickey-credentials-get=(self), publickey-credentials-create=(self)";
        headers.CacheControl = "no-store";
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var html = HiddenPeople.Of(request, await RenderAsync(httpContext.RequestServices));
        if (request.Session is { Toast: not null } session)
        {
            await httpContext.RequestServices.GetRequiredService<OperatorSessionStore>().TakeToastAsync(session.Id, request.Aborted);
        }

        Guard(httpContext.Response);
        httpContext.Response.StatusCode = status;
        httpContext.Response.ContentType = "text/html; charset=utf-8";
        await httpContext.Response.WriteAsync(html, request.Aborted);
    }

    private async Task<string> RenderAsync(IServiceProvider services)
    {
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = await renderer.RenderComponentAsync<CascadingValue<DashboardRequest>>(ParameterView.FromDictionary(
                new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    [nameof(CascadingValue<>.Value)] = request,
                    [nameof(CascadingValue<>.IsFixed)] = true,
                    [nameof(CascadingValue<>.ChildContent)] = (RenderFragment)Frame,
                }));
            return root.ToHtmlString();
        });
    }

    private void Frame(Microsoft.AspNetCore.Components.Rendering.RenderTreeBuilder builder)
    {
        builder.OpenComponent<DashboardFrame>(0);
        builder.AddComponentParameter(1, nameof(DashboardFrame.Title), title);
        builder.AddComponentParameter(2, nameof(DashboardFrame.ChildContent), content);
        builder.CloseComponent();
    }
}
