using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard;

/// <summary>A request to the dashboard, with the session that caused it. Components read it as a cascading parameter.</summary>
internal sealed class DashboardRequest(
    HttpContext http, Settings settings, DateTimeOffset now, OperatorSession? session, Secret? token)
{
    private const string FormPurpose = "dashboard form\n";

    public HttpContext Http => http;
    public Settings Settings => settings;
    public DateTimeOffset Now => now;

    /// <summary>Null on pages without a session.</summary>
    public OperatorSession? Session => session;

    /// <summary>The signed-in operator. Every route with a role has one.</summary>
    public Operator Operator => session?.Operator ?? throw new InvalidOperationException("The route has no session.");

    /// <summary>Whether e-mail addresses and names of people are shown. Otherwise <see cref="HiddenPeople"/> shortens them.</summary>
    public bool SeesPeople => settings.ViewersSeePeople || session is null || session.Operator.Role > OperatorRole.Viewer;

    public CancellationToken Aborted => http.RequestAborted;

    public string Path => http.Request.Path.Value!;

    /// <summary>The fields of a form post, set after its token was checked.</summary>
    public RequestParameters Form { get; set; } = new([]);

    /// <summary>The query. Parameters without a value count as absent.</summary>
    public RequestParameters Query { get; } = RequestParameters.OfQuery(http.Request);

    /// <summary>A parameter of the route.</summary>
    public string Value(string name) => http.Request.RouteValues[name]?.ToString() ?? "";

    /// <summary>Whether the operator may use the route: the check of <see cref="DashboardGuard"/>, for links and buttons.</summary>
    public bool May(DashboardRoute route) => route.Role is not { } role || session?.Operator.Role >= role;

    /// <summary>The hidden input <c>form_token</c> against CSRF: a hash over the path, keyed with the secret of the session.</summary>
    public string FormToken(string path) => token is not { } secret
        ? ""
        : Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret.Value), Encoding.UTF8.GetBytes(FormPurpose + path)));

    /// <summary>A page inside the frame. The component reads <paramref name="model"/> as a cascading parameter of this type.</summary>
    /// <param name="title">The title of the window.</param>
    public DashboardPage Page<TPage, TModel>(string title, TModel model, int status = StatusCodes.Status200OK)
        where TPage : Microsoft.AspNetCore.Components.IComponent
        where TModel : notnull =>
        DashboardPage.Of<TPage, TModel>(this, title, model, status);

    /// <summary>The redirect after a form post (PRG), with a message that the next page shows.</summary>
    public async Task<IResult> RedirectAsync(string path, string? toast = null)
    {
        if (toast is not null && session is not null)
        {
            await http.RequestServices.GetRequiredService<OperatorSessionStore>().LeaveToastAsync(session.Id, toast, now, Aborted);
        }

        return new SeeOther(path);
    }

    /// <summary>303, so that the browser reads the next page with GET.</summary>
    private sealed class SeeOther(string path) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = path;
            return Task.CompletedTask;
        }
    }
}
