using System.Text.Json.Nodes;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Dashboard.Secrets;
using Latchkey.Server.Fields;
using Latchkey.Server.Management;
using Latchkey.Server.Management.ApiClients;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.Machines;

/// <summary>Adds a machine, whose secret is shown once, and changes one.</summary>
internal sealed class MachineFormPages(ApiClientAdministration administration, ConfigurationCache configuration)
{
    public static readonly DashboardRoute New = DashboardRoute.Page("/dashboard/machines/add", OperatorRole.Admin);
    public static readonly DashboardRoute Create = DashboardRoute.Post("/dashboard/machines/add", OperatorRole.Admin);
    public static readonly DashboardRoute EditPage = DashboardRoute.Page("/dashboard/machines/{machine}/edit", OperatorRole.Admin);
    public static readonly DashboardRoute Edit = DashboardRoute.Post("/dashboard/machines/{machine}/edit", OperatorRole.Admin);

    /// <summary>The member of the login pages, which are chosen from the existing ones.</summary>
    public const string LoginPagesInput = "connection_ids";

    private static readonly FormPart Made = new(null, "name", "role", "allowed_addresses");
    /// <summary>What a new machine may do unless another role is chosen.</summary>
    private static JsonObject LeastRole => new() { ["role"] = ApiRole.ReadOnly.Name() };

    private static readonly FormPart Changed = new(null, "name", "allowed_addresses", "enabled");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<MachineFormPages>(New, (pages, request) => Task.FromResult<IResult>(
            pages.Show(request, machine: null, FieldForm.Of(ApiClientFields.Table, LeastRole, version: null, Made))));
        app.MapDashboard<MachineFormPages>(Create, (pages, request) => pages.CreateAsync(request));
        app.MapDashboard<MachineFormPages>(EditPage, (pages, request) => Task.FromResult(pages.ShowEdit(request)));
        app.MapDashboard<MachineFormPages>(Edit, (pages, request) => pages.EditAsync(request));
    }

    private DashboardPage Show(DashboardRequest request, ApiClient? machine, FieldForm form) => request.Page<MachineFormPage, MachineForm>(
        machine is null ? "Add a machine" : $"Change {machine.Name}",
        new(form, machine, [.. request.Form.All(LoginPagesInput)], configuration.Current.Connections),
        form.Status);

    private async Task<IResult> CreateAsync(DashboardRequest request)
    {
        var form = FieldForm.Posted(ApiClientFields.Table, request.Form, Made);
        var body = form.Body;
        if (request.Form["role"] == ApiRole.Login.Name())
        {
            body[LoginPagesInput] = new JsonArray([.. request.Form.All(LoginPagesInput).Select(id => JsonValue.Create(id))]);
        }

        var outcome = await administration.CreateAsync(request.Operator.Actor, JsonBody.Of(body), request.Aborted);
        if (outcome.ProblemOr(out var added) is { } problem)
        {
            return Show(request, machine: null, Refused(form, problem));
        }

        var id = added.Client.Id;
        return request.Page<NewSecretPage, NewSecret>(
            "New machine",
            new($"{added.Client.Name} was added", "Machines", DashboardPaths.Machine(id), id.Value, added.PlainSecret!.Value.Value));
    }

    /// <summary>The form with its errors, also that of the login pages, which are no field of the table here.</summary>
    private static FieldForm Refused(FieldForm form, Problem problem)
    {
        var refused = form.Refused(problem);
        if (problem.Errors?.GetValueOrDefault(LoginPagesInput) is not { } errors)
        {
            return refused;
        }

        var shown = refused.Errors.Where(error => error.Key.Length > 0)
            .Append(new(LoginPagesInput, $"Login pages: {string.Join(", ", errors)}."));
        return refused with { Errors = shown.ToDictionary(StringComparer.Ordinal) };
    }

    private ApiClient? MachineOf(DashboardRequest request) => configuration.Current.FindApiClient(request.Value("machine"));

    private static JsonObject ValuesOf(ApiClient machine) =>
        ApiClientFields.Table.Write(machine, ApiClientContext.None, FieldUse.Change);

    private IResult ShowEdit(DashboardRequest request) => MachineOf(request) is { } machine
        ? Show(request, machine, FieldForm.Of(ApiClientFields.Table, ValuesOf(machine), machine.Revision, Changed))
        : DashboardErrors.NotFound.Page(request);

    private async Task<IResult> EditAsync(DashboardRequest request)
    {
        await configuration.ReloadAsync(request.Aborted);
        if (MachineOf(request) is not { } machine)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var form = FieldForm.Posted(ApiClientFields.Table, request.Form, Changed);
        var outcome = await administration.ChangeAsync(
            request.Operator.Actor, machine.Id.Value, JsonBody.Of(form.Body), form.Expected, request.Aborted);
        if (outcome.ProblemOr(out var changed) is not { } problem)
        {
            return await request.RedirectAsync(DashboardPaths.Machine(machine.Id), $"{changed.Client.Name} was changed.");
        }

        return MachineOf(request) is not { } present ? DashboardErrors.NotFound.Page(request)
            : Show(request, present, FieldForm.IsConflict(problem)
                ? form.Overtaken(ValuesOf(present), present.Revision)
                : form.Refused(problem));
    }
}

/// <summary>The data of <c>MachineFormPage</c>.</summary>
/// <param name="Machine">Null for a new one.</param>
/// <param name="Chosen">The ids of the login pages that were chosen.</param>
internal sealed record MachineForm(
    FieldForm Form, ApiClient? Machine, IReadOnlyList<string> Chosen, IReadOnlyList<Connection> LoginPages);
