using Latchkey.Server.Pages;
using Microsoft.AspNetCore.Components;

namespace Latchkey.Server.Account;

/// <summary>
/// A page of connected programs. It leads to no other site, so <c>form-action</c> is restricted too. There is no script.
/// </summary>
internal sealed class AccountPage : IResult
{
    private readonly int status;
    private readonly RenderFragment content;

    private AccountPage(int status, RenderFragment content) => (this.status, this.content) = (status, content);

    public static AccountPage Of<TPage, TModel>(TModel model, int status = StatusCodes.Status200OK)
        where TPage : IComponent
        where TModel : notnull =>
        new(status, builder =>
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

    public static AccountPage Of(AccountError error) => Of<AccountMessagePage, AccountError>(error, error.Status);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var language = httpContext.RequestServices.GetRequiredService<PageLanguage>().Of(httpContext);
        var html = await PageResponse.RenderAsync(httpContext.RequestServices, language, content);
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        PageResponse.Guard(response, "; form-action 'self'");
        await response.WriteAsync(html, httpContext.RequestAborted);
    }
}
