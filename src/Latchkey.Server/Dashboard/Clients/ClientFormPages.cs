using System.Text.Json.Nodes;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Dashboard.Operators;
using Latchkey.Server.Fields;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Clients;
using Latchkey.Server.Operators;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Dashboard.Clients;

/// <summary>Makes a client for an MCP server, whose secret is shown once, and changes one that was made here.</summary>
internal sealed class ClientFormPages(ClientStore store, StaticClients clients, ConfigurationCache configuration)
{
    private const string ServerInput = "server";
    private const int MaxServers = 200;

    public static readonly DashboardRoute New = DashboardRoute.Page("/dashboard/clients/add", OperatorRole.Admin);
    public static readonly DashboardRoute Create = DashboardRoute.Post("/dashboard/clients/add", OperatorRole.Admin);
    public static readonly DashboardRoute EditPage = DashboardRoute.Page("/dashboard/clients/{client}/edit", OperatorRole.Admin);
    public static readonly DashboardRoute Edit = DashboardRoute.Post("/dashboard/clients/{client}/edit", OperatorRole.Admin);

    private static readonly FormPart Made = new(null, "name", "redirect_uris", "token_endpoint_auth_method", "scopes", "description");

    private static readonly FormPart[] Changed =
    [
        new(null, "name", "redirect_uris", "scopes", "description"),
        new("Rarely needed", "require_pushed_authorization_requests", "expiry"),
    ];

    private static readonly FormError NoServer = new(400, "no_server", "Choose the MCP server.", ServerInput);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<ClientFormPages>(New, (pages, request) => Task.FromResult<IResult>(
            pages.ShowNew(request, request.Query[ServerInput], FieldForm.New(ClientFields.Table, Made))));
        app.MapDashboard<ClientFormPages>(Create, (pages, request) => pages.CreateAsync(request));
        app.MapDashboard<ClientFormPages>(EditPage, (pages, request) => pages.ShowEditAsync(request));
        app.MapDashboard<ClientFormPages>(Edit, (pages, request) => pages.EditAsync(request));
    }

    private DashboardPage ShowNew(DashboardRequest request, string? server, FieldForm form) =>
        request.Page<ClientFormPage, ClientForm>(
            "Add a client", new(form, Client: null, server, [.. configuration.Current.Resources.Take(MaxServers)]), form.Status);

    private async Task<IResult> CreateAsync(DashboardRequest request)
    {
        var form = FieldForm.Posted(ClientFields.Table, request.Form, Made);
        var server = request.Form[ServerInput];
        if (configuration.Current.FindResource(server ?? "") is not { } home)
        {
            return ShowNew(request, server, form.Refused(new Problem(NoServer.Status, NoServer.Code, NoServer.Sentence), NoServer));
        }

        var outcome = await clients.CreateAsync(request.Operator.Actor, home.Id.Value, JsonBody.Of(form.Body), request.Aborted);
        if (outcome.ProblemOr(out var added) is { } problem)
        {
            return ShowNew(request, server, form.Refused(problem));
        }

        var (id, path) = (added.Client.Id, DashboardPaths.Client(added.Client.Id));
        return added.PlainSecret is { } secret
            ? request.Page<Secrets.NewSecretPage, Secrets.NewSecret>(
                "New client", new($"{added.Client.Name} was added", "Clients", path, id.Value, secret.Value))
            : await request.RedirectAsync(path, $"{added.Client.Name} was added. It has no secret.");
    }

    private async Task<Client?> OfAsync(DashboardRequest request) =>
        await ClientPages.OfAsync(request, store) is { Origin: ClientOrigin.Operator, ResourceId: not null } client ? client : null;

    private static DashboardPage ShowEdit(DashboardRequest request, Client client, FieldForm form) =>
        request.Page<ClientFormPage, ClientForm>($"Change {client.Name}", new(form, client, Server: null, []), form.Status);

    private JsonObject ValuesOf(Client client) => ClientFields.Table.Write(
        client, new(configuration.Current.Resources, SecretUses.None), FieldUse.Change);

    private async Task<IResult> ShowEditAsync(DashboardRequest request) => await OfAsync(request) is { } client
        ? ShowEdit(request, client, FieldForm.Of(ClientFields.Table, ValuesOf(client), client.Revision, Changed))
        : DashboardErrors.NotFound.Page(request);

    private async Task<IResult> EditAsync(DashboardRequest request)
    {
        if (await OfAsync(request) is not { } client)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var form = FieldForm.Posted(ClientFields.Table, request.Form, Changed);
        var outcome = await clients.ChangeAsync(
            request.Operator.Actor, client.ResourceId!.Value.Value, client.Id.Value, JsonBody.Of(form.Body), form.Expected,
            request.Aborted);
        if (outcome.ProblemOr(out var changed) is not { } problem)
        {
            return await request.RedirectAsync(DashboardPaths.Client(client.Id), $"{changed.Client.Name} was changed.");
        }

        return await OfAsync(request) is not { } present ? DashboardErrors.NotFound.Page(request)
            : ShowEdit(request, present, FieldForm.IsConflict(problem)
                ? form.Overtaken(ValuesOf(present), present.Revision)
                : form.Refused(problem));
    }
}

/// <summary>The data of <c>ClientFormPage</c>.</summary>
/// <param name="Client">Null for a new one.</param>
/// <param name="Server">The id of the MCP server that is chosen for a new client.</param>
internal sealed record ClientForm(FieldForm Form, Client? Client, string? Server, IReadOnlyList<Resource> Servers);
