using Latchkey.Server.Languages;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
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
        var language = httpContext.RequestServices.GetRequiredService<PageLanguage>().Of(httpContext);
        var nonce = Secret.NewToken(NonceBytes);
        var html = await RenderAsync(httpContext.RequestServices, language, nonce);
        var response = httpContext.Response;
        response.StatusCode = view is PageView.Error error ? error.Status : StatusCodes.Status200OK;
        response.ContentType = "text/html; charset=utf-8";
        Guard(response, NeedsScript ? $"; script-src 'nonce-{nonce}'" : "");
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

    private Task<string> RenderAsync(IServiceProvider services, Language language, string nonce)
    {
        return RenderAsync(services, language, Page);

        void Page(RenderTreeBuilder builder)
        {
            builder.OpenComponent(0, ComponentOf(view));
            builder.AddComponentParameter(1, nameof(ErrorView.View), view);
            if (NeedsScript)
            {
                builder.AddComponentParameter(2, nameof(ConsentPage.Nonce), nonce);
            }

            builder.CloseComponent();
        }
    }

    /// <summary>Renders a page in a language.</summary>
    public static async Task<string> RenderAsync(IServiceProvider services, Language language, RenderFragment page)
    {
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = await renderer.RenderComponentAsync<CascadingValue<Language>>(ParameterView.FromDictionary(
                new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    [nameof(CascadingValue<>.Value)] = language,
                    [nameof(CascadingValue<>.IsFixed)] = true,
                    [nameof(CascadingValue<>.ChildContent)] = page,
                }));
            return root.ToHtmlString();
        });
    }

    private static Type ComponentOf(PageView view) => view switch
    {
        PageView.Consent => typeof(ConsentPage),
        PageView.Error => typeof(ErrorView),
        PageView.Continue => typeof(ContinuePage),
        PageView.Home => typeof(HomePage),
        PageView.Finished => typeof(FinishedPage),
        PageView.FormPost => typeof(FormPostPage),
    };

    /// <summary>The pages with a script of their own.</summary>
    private bool NeedsScript => view is PageView.Consent or PageView.FormPost;
}
