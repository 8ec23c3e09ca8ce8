using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Dashboard.LoginPages;
using Latchkey.Server.Dashboard.Operators;
using Latchkey.Server.Fields;
using Latchkey.Server.Grants;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Resources;
using Latchkey.Server.Operators;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Dashboard.Servers;

/// <summary>
/// Chooses the login page of an MCP server. Another login page ends all its access, because a person is one at a login page, so the name
/// must be typed when there is any.
/// </summary>
internal sealed class ServerLoginPages(ConfigurationCache configuration, ResourceAdministration servers, ResourceUse use)
{
    public static readonly DashboardRoute Choose = DashboardRoute.Page("/dashboard/servers/{res}/login-page", OperatorRole.Admin);
    public static readonly DashboardRoute Save = DashboardRoute.Post("/dashboard/servers/{res}/login-page", OperatorRole.Admin);

    private const string Field = "connection_id";
    private const int MaxOptions = 200;
    private static readonly FormPart Fields = new(null, Field);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<ServerLoginPages>(Choose, (pages, request) => pages.ShowAsync(request));
        app.MapDashboard<ServerLoginPages>(Save, (pages, request) => pages.SaveAsync(request));
    }

    private async Task<IResult> ShowAsync(DashboardRequest request) =>
        configuration.Current.FindResource(request.Value("res")) is not { } server
            ? DashboardErrors.NotFound.Page(request)
            : await ShowAsync(
                request, server,
                FieldForm.Of(ResourceFields.Table, servers.Write(server, FieldUse.Change), server.Revision, Fields));

    private async Task<IResult> ShowAsync(DashboardRequest request, Resource server, FieldForm form) =>
        request.Page<ServerLoginPagePage, ServerLoginPageView>(
            $"Login page of {server.Name}",
            new(
                server, form with
                {
                    Options = new Dictionary<string, IReadOnlyList<KeyValuePair<string, string>>>(StringComparer.Ordinal)
                    {
                        [Field] =
                    [
                        new("", "None"),
                        .. configuration.Current.Connections.Take(MaxOptions)
                            .Select(c => KeyValuePair.Create(c.Id.Value, LoginPagePages.NameOf(c))),
                    ],
                    }
                },
                await LiveAsync(request, server)),
            form.Status);

    private async Task<IResult> SaveAsync(DashboardRequest request)
    {
        await configuration.ReloadAsync(request.Aborted);
        if (configuration.Current.FindResource(request.Value("res")) is not { } server)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var form = FieldForm.Posted(ResourceFields.Table, request.Form, Fields);
        var isOther = (request.Form[Field] ?? "") != (server.ConnectionId?.Value ?? "");
        if (isOther && (await LiveAsync(request, server)).Grants > 0 && request.Form["name"]?.Trim() != server.Name.Trim())
        {
            var error = ConfirmForms.NameDiffers;
            return await ShowAsync(
                request, server, form with { Errors = FormErrors.Of([error]), Code = error.Code, Status = error.Status });
        }

        var outcome = await servers.ChangeAsync(
            request.Operator.Actor, server.Id.Value, JsonBody.Of(form.Body), form.Expected, request.Aborted);
        if (outcome.ProblemOr(out var changed) is not { } problem)
        {
            return await request.RedirectAsync(ServerPages.Page.Path(changed.Id.Value), $"{changed.Name} was changed.");
        }

        return configuration.Current.Find(server.Id) is not { } present
            ? DashboardErrors.NotFound.Page(request)
            : await ShowAsync(request, present, FieldForm.IsConflict(problem)
                ? form.Overtaken(servers.Write(present, FieldUse.Change), present.Revision)
                : form.Refused(problem));
    }

    private Task<LiveGrants> LiveAsync(DashboardRequest request, Resource server) =>
        use.CountAsync(server.Id, request.Now, request.Aborted);
}

/// <summary>The data of <c>ServerLoginPagePage</c>.</summary>
/// <param name="Live">What another login page ends.</param>
internal sealed record ServerLoginPageView(Resource Server, FieldForm Form, LiveGrants Live);
