using System.Globalization;
using System.Text.Json.Nodes;
using Latchkey.Server.Configuration;
using Latchkey.Server.ConfigurationFile;
using Latchkey.Server.Dashboard.TestLogins;
using Latchkey.Server.Login;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Resources;
using Latchkey.Server.Operators;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Dashboard.SetUp;

/// <summary>
/// The guided set-up, from the name of an MCP server to its first connected client. Each step is a small form over the flows of the
/// management API, and each page is made of what exists (<see cref="SetUpState"/>): it can be left and continued at any time.
/// </summary>
internal sealed class SetUpPages(
    SetUpReader reader, ServerProbe probe, ResourceAdministration resources, ConfigurationAdministration setUps, TestLogin tests,
    ConfigurationCache configuration)
{
    private const string OfServer = "/dashboard/servers/{resource}/connect";
    private const int MaxPermissions = 20;

    public static readonly DashboardRoute Start = DashboardRoute.Page("/dashboard/set-up", OperatorRole.Admin);
    public static readonly DashboardRoute Create = DashboardRoute.Post("/dashboard/set-up", OperatorRole.Admin);
    public static readonly DashboardRoute Look = DashboardRoute.Page("/dashboard/set-up/probe", OperatorRole.Admin);
    public static readonly DashboardRoute Connect = DashboardRoute.Page(OfServer, OperatorRole.Admin);
    public static readonly DashboardRoute Rename = DashboardRoute.Post(OfServer + "/name", OperatorRole.Admin);
    public static readonly DashboardRoute Permit = DashboardRoute.Post(OfServer + "/permissions", OperatorRole.Admin);
    public static readonly DashboardRoute Join = DashboardRoute.Post(OfServer + "/join", OperatorRole.Admin);
    public static readonly DashboardRoute Test = DashboardRoute.Post(OfServer + "/test", OperatorRole.Admin);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<SetUpPages>(Start, (pages, request) => pages.ShowStartAsync(request));
        app.MapDashboard<SetUpPages>(Create, (pages, request) => pages.CreateAsync(request));
        app.MapDashboard<SetUpPages>(Look, (pages, request) => pages.LookAsync(request));
        app.MapDashboard<SetUpPages>(Connect, (pages, request) => pages.ShowAsync(request));
        app.MapDashboard<SetUpPages>(Rename, (pages, request) => pages.RenameAsync(request));
        app.MapDashboard<SetUpPages>(Permit, (pages, request) => pages.PermitAsync(request));
        app.MapDashboard<SetUpPages>(Join, (pages, request) => pages.JoinAsync(request));
        app.MapDashboard<SetUpPages>(Test, (pages, request) => pages.TestAsync(request));
    }

    private async Task<IResult> ShowStartAsync(DashboardRequest request) => Page(request, await reader.StartAsync(request));

    private async Task<IResult> CreateAsync(DashboardRequest request)
    {
        var body = new JsonObject { ["name"] = request.Form["name"], ["resource_uri"] = request.Form["resource_uri"]?.Trim() };
        var made = await resources.CreateAsync(request.Operator.Actor, JsonBody.Of(body), request.Aborted);
        return made.ProblemOr(out var resource) is { } problem
            ? Page(request, await reader.StartAsync(request), problem)
            : await request.RedirectAsync(PathOf(resource, SetUpStep.Permissions), $"{resource.Name} was added.");
    }

    /// <summary>For the script of the first step: how the typed address answers.</summary>
    private async Task<IResult> LookAsync(DashboardRequest request)
    {
        // A link of another page must not make this server ask an address.
        if (request.Http.Request.Headers["Sec-Fetch-Mode"].ToString() == "navigate")
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var answer = await probe.AnswerAsync(request.Http, request.Query["address"] ?? "", request.Aborted);
        return TypedResults.Json(
            new(answer.Kind, answer.Sentence, answer.Detail), SetUpJson.Default.ShownAnswer);
    }

    private async Task<IResult> ShowAsync(DashboardRequest request)
    {
        if (ResourceOf(request) is not { } resource)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var view = await reader.ReadAsync(request, resource, SetUpSteps.Parse(request.Query["step"]));

        // The address says since when the page waits, so that a reload goes on waiting, and ends at the last step.
        return view is not { Step: SetUpStep.Client } ? Page(request, view)
            : view.Connected?.StartedAt >= view.Since ? await request.RedirectAsync(view.PathOf(SetUpStep.Done))
            : request.Query["since"] is null ? await request.RedirectAsync(view.WaitingPath)
            : Page(request, view);
    }

    private async Task<IResult> RenameAsync(DashboardRequest request)
    {
        var body = new JsonObject { ["name"] = request.Form["name"], ["resource_uri"] = request.Form["resource_uri"]?.Trim() };
        return await ChangeAsync(request, body, SetUpStep.Name, SetUpStep.Permissions);
    }

    private async Task<IResult> PermitAsync(DashboardRequest request)
    {
        var rows = RowsOf(request.Form);
        var body = new JsonObject
        {
            ["scopes"] = new JsonArray([.. rows.Select(row => (JsonNode)new JsonObject
            {
                ["name"] = row.Name, ["description"] = row.Description, ["access"] = row.Access,
            })]),
            ["default_scopes"] = new JsonArray([.. rows.Where(row => row.IsTicked).Select(row => (JsonNode)JsonValue.Create(row.Name))]),
        };
        return await ChangeAsync(request, body, SetUpStep.Permissions, SetUpStep.Guard);
    }

    private async Task<IResult> ChangeAsync(DashboardRequest request, JsonObject body, SetUpStep step, SetUpStep next)
    {
        if (ResourceOf(request) is not { } resource)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var changed = await resources.ChangeAsync(
            request.Operator.Actor, resource.Id.Value, JsonBody.Of(body), IfMatch.Unsaid, request.Aborted);
        return changed.ProblemOr(out var saved) is { } problem
            ? Page(request, await reader.ReadAsync(request, resource, step) with { Permissions = RowsOf(request.Form) }, problem)
            : await request.RedirectAsync(PathOf(saved, next));
    }

    /// <summary>The secret is shown on the page of this response, and nowhere else.</summary>
    private async Task<IResult> JoinAsync(DashboardRequest request)
    {
        if (ResourceOf(request) is not { } resource)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var body = new JsonObject
        {
            ["resource_uri"] = resource.Uri,
            ["login_url"] = request.Form["login_url"]?.Trim(),
            ["new_secret"] = true,
        };
        var made = await setUps.SetUpAsync(request.Operator.Actor, JsonBody.Of(body), request.Aborted);
        if (made.ProblemOr(out var setUp) is { } problem)
        {
            return Page(request, await reader.ReadAsync(request, resource, SetUpStep.Join), problem);
        }

        var view = await reader.ReadAsync(request, ResourceOf(request)!, SetUpStep.Join);
        return Page(request, view with { Secret = setUp.PlainSecret, LoginClientId = setUp.ClientId });
    }

    private async Task<IResult> TestAsync(DashboardRequest request)
    {
        if (ResourceOf(request) is not { ConnectionId: { } id } resource || configuration.Current.Find(id) is not { } connection)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        if (!connection.IsEnabled)
        {
            return TestLoginErrors.Disabled.Page(request);
        }

        var (begun, exceeded) = await tests.BeginAsync(request.Http, connection, request.Session!, request.Aborted);
        return begun is { } test
            ? await request.RedirectAsync($"{PathOf(resource, SetUpStep.Test)}&test={test.Value}")
            : DashboardErrors.TooManyRequests(exceeded!).Page(request);
    }

    private Resource? ResourceOf(DashboardRequest request) => configuration.Current.FindResource(request.Value("resource"));

    private static string PathOf(Resource resource, SetUpStep step) => $"{Connect.Path(resource.Id.Value)}?step={step.Name()}";

    private static IReadOnlyList<PermissionRow> RowsOf(RequestParameters form)
    {
        var rows = new List<PermissionRow>();
        for (var i = 0; i < MaxPermissions; i++)
        {
            var number = i.ToString(CultureInfo.InvariantCulture);
            if (form["scope_" + number] is { Length: > 0 } name)
            {
                rows.Add(new(
                    name.Trim(), form["description_" + number] ?? "", form["access_" + number] ?? "read",
                    form["ticked_" + number] is not null));
            }
        }

        return rows;
    }

    private static DashboardPage Page(DashboardRequest request, SetUpView view, Problem? problem = null) =>
        request.Page<SetUpPage, SetUpView>(
            $"Connect {view.Name}",
            problem is null ? view : view with
            {
                Errors = SetUpErrors.Of(problem),
                Typed = new[] { "name", "resource_uri", "login_url" }.Where(field => request.Form[field] is not null)
                    .ToDictionary(field => field, field => request.Form[field]!, StringComparer.Ordinal),
            },
            problem?.Status ?? StatusCodes.Status200OK);
}
