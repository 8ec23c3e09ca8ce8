using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Dashboard.Operators;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Connections;
using Latchkey.Server.Operators;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Dashboard.LoginPages;

/// <summary>
/// Joins a login page to an MCP server that has none. An MCP server with a login page keeps it: its address is changed on its own page,
/// because a second creation would send people of a running login page elsewhere.
/// </summary>
internal sealed class NewLoginPages(ConfigurationCache configuration, ConnectionSetup pages)
{
    public static readonly DashboardRoute New = DashboardRoute.Page("/dashboard/login-pages/new", OperatorRole.Admin);
    public static readonly DashboardRoute Create = DashboardRoute.Post("/dashboard/login-pages/new", OperatorRole.Admin);

    /// <summary>The same for one MCP server, which its page links to.</summary>
    public static readonly DashboardRoute NewOfServer =
        DashboardRoute.Page("/dashboard/servers/{res}/login-page/new", OperatorRole.Admin);

    private const string ServerInput = "server";
    private const int MaxOptions = 200;
    private static readonly FormPart Fields = new(null, "login_url");

    private static readonly FormError NoServer = new(400, "no_server", "Choose the MCP server.", ServerInput);

    private static readonly FormError Exists = new(
        409, "connection_exists",
        "This MCP server has another login page. Change the address of that one, under Login pages.", ServerInput);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<NewLoginPages>(
            New, (pages, request) => Task.FromResult<IResult>(pages.Show(request, server: null, Blank)));
        app.MapDashboard<NewLoginPages>(
            NewOfServer, (pages, request) => Task.FromResult(pages.ShowOfServer(request)));
        app.MapDashboard<NewLoginPages>(Create, (pages, request) => pages.CreateAsync(request));
    }

    private IResult ShowOfServer(DashboardRequest request) =>
        configuration.Current.FindResource(request.Value("res")) is { } server
            ? Show(request, server.Id.Value, Blank)
            : DashboardErrors.NotFound.Page(request);

    private static FieldForm Blank => FieldForm.New(ConnectionFields.Table, Fields);

    private DashboardPage Show(DashboardRequest request, string? server, FieldForm form) =>
        request.Page<NewLoginPagePage, NewLoginPage>(
            "Join a login page",
            new(
                form, server,
                [
                    .. configuration.Current.Resources.Where(r => r.ConnectionId is null || r.Id.Value == server).Take(MaxOptions)
                ]),
            form.Status);

    private async Task<IResult> CreateAsync(DashboardRequest request)
    {
        var form = FieldForm.Posted(ConnectionFields.Table, request.Form, Fields);
        var server = request.Form[ServerInput];
        if (configuration.Current.FindResource(server ?? "") is not { } found)
        {
            return Show(request, server, form.Refused(new Problem(NoServer.Status, NoServer.Code, NoServer.Sentence), NoServer));
        }

        var outcome = await pages.EnsureAsync(
            request.Operator.Actor, found.Id.Value, JsonBody.Of(form.Body), IfMatch.Unsaid, request.Aborted);
        return outcome.ProblemOr(out var made) is { } problem
            ? Show(request, server, form.Refused(problem, Exists))
            : await request.RedirectAsync(
                LoginPagePages.Page.Path(made.Id.Value),
                $"{found.Name} uses this login page now. Create a credential for your backend next.");
    }
}

/// <summary>The data of <c>NewLoginPagePage</c>.</summary>
/// <param name="Server">The id that is chosen.</param>
/// <param name="Servers">The MCP servers without a login page, and the chosen one.</param>
internal sealed record NewLoginPage(FieldForm Form, string? Server, IReadOnlyList<Resource> Servers);
