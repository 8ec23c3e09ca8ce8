using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Latchkey.Server.Pages;

/// <summary>
/// A page rendered on the server, with its headers. There is no <c>form-action</c>, because Chromium applies it to the redirects after a
/// POST. <c>Referrer-Policy: same-origin</c>, because with <c>no-referrer</c> Chromium sends <c>Origin: null</c> with the form.
/// <c>Cross-Origin-Opener-Policy: unsafe-none</c>, because clients open pages in a popup.
/// <c>Document-Policy: force-load-at-top</c>, because a link could otherwise open a small window that is scrolled to a button
/// (clickjacking).
/// </summary>
internal sealed class PageResponse(PageView view) : IResult
{
    private const int NonceBytes = 16;

    public PageView View => view;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var nonce = Secret.NewToken(NonceBytes);
        var html = await RenderAsync(httpContext.RequestServices, nonce);
        var response = httpContext.Response;
        response.StatusCode = view is PageView.Error error ? error.Status : StatusCodes.Status200OK;
        response.ContentType = "text/html; charset=utf-8";
        Guard(response, view is PageView.Consent or PageView.FormPost ? $"; script-src 'nonce-{nonce}'" : "");
        response.Headers["Document-Policy"] = "force-load-at-top";
        if (view is PageView.Error { RetryAfterSeconds: { } seconds })
        {
            response.Headers.RetryAfter = seconds.ToString();
        }

        await response.WriteAsync(html, httpContext.RequestAborted);
    }

    /// <param name="script">The <c>script-src</c> part of the policy. When empty, no script runs.</param>
    public static void Guard(HttpResponse response, string script = "")
    {
        response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'{script}";
        response.Headers.XFrameOptions = "DENY";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Opener-Policy"] = "unsafe-none";
        response.Headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()";
        response.Headers.CacheControl = "no-store";
    }

    private async Task<string> RenderAsync(IServiceProvider services, string nonce)
    {
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = view switch
            {
                PageView.Consent => await renderer.RenderComponentAsync<ConsentPage>(With(nonce)),
                PageView.Error => await renderer.RenderComponentAsync<ErrorView>(With(nonce: null)),
                PageView.Continue => await renderer.RenderComponentAsync<ContinuePage>(With(nonce: null)),
                PageView.Home => await renderer.RenderComponentAsync<HomePage>(With(nonce: null)),
                PageView.Finished => await renderer.RenderComponentAsync<FinishedPage>(With(nonce: null)),
                PageView.FormPost => await renderer.RenderComponentAsync<FormPostPage>(With(nonce)),
            };
            return root.ToHtmlString();
        });
    }

    private ParameterView With(string? nonce)
    {
        var parameters = new Dictionary<string, object?>(StringComparer.Ordinal) { ["View"] = view };
        if (nonce is not null)
        {
            parameters["Nonce"] = nonce;
        }

        return ParameterView.FromDictionary(parameters);
    }
}
