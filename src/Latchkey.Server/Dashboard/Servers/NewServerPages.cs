using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Management.Resources;
using Latchkey.Server.Operators;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Dashboard.Servers;

/// <summary>Adds an MCP server.</summary>
internal sealed class NewServerPages(ResourceAdministration servers)
{
    public static readonly DashboardRoute New = DashboardRoute.Page("/dashboard/servers/new", OperatorRole.Admin);
    public static readonly DashboardRoute Create = DashboardRoute.Post("/dashboard/servers/new", OperatorRole.Admin);

    private const string Title = "Add an MCP server";
    private static readonly FormPart Fields = new(null, "name", "resource_uri", "scopes");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<NewServerPages>(
            New, (_, request) => Task.FromResult<IResult>(Show(request, FieldForm.New(ResourceFields.Table, Fields))));
        app.MapDashboard<NewServerPages>(Create, (pages, request) => pages.CreateAsync(request));
    }

    private static DashboardPage Show(DashboardRequest request, FieldForm form) =>
        request.Page<NewServerPage, FieldForm>(Title, form, form.Status);

    private async Task<IResult> CreateAsync(DashboardRequest request)
    {
        var form = FieldForm.Posted(ResourceFields.Table, request.Form, Fields);
        if (form.WantsMoreRows)
        {
            return Show(request, form);
        }

        var outcome = await servers.CreateAsync(request.Operator.Actor, JsonBody.Of(form.Body), request.Aborted);
        return outcome.ProblemOr(out var made) is { } problem
            ? Show(request, form.Refused(problem, ServerFormPages.AddressTaken))
            : await request.RedirectAsync(ServerPages.Page.Path(made.Id.Value), $"{made.Name} was added. Join a login page next.");
    }
}
