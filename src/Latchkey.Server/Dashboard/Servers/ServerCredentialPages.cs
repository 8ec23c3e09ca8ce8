using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Clients;
using Latchkey.Server.Operators;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Dashboard.Servers;

/// <summary>The credentials with which an MCP server asks about tokens: created with a secret that is shown once, and deleted.</summary>
internal sealed class ServerCredentialPages(ConfigurationCache configuration, StaticClients clients)
{
    public static readonly DashboardRoute New = DashboardRoute.Page("/dashboard/servers/{res}/credentials/new", OperatorRole.Admin);
    public static readonly DashboardRoute Create = DashboardRoute.Post("/dashboard/servers/{res}/credentials/new", OperatorRole.Admin);

    public static readonly DashboardRoute DeletePage =
        DashboardRoute.Page("/dashboard/servers/{res}/credentials/{client}/delete", OperatorRole.Admin);

    public static readonly DashboardRoute Delete =
        DashboardRoute.Post("/dashboard/servers/{res}/credentials/{client}/delete", OperatorRole.Admin);

    private const string Title = "Create a credential";
    private static readonly FormPart Fields = new(null, "name", "description");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<ServerCredentialPages>(New, (pages, request) => Task.FromResult(pages.ShowNew(request)));
        app.MapDashboard<ServerCredentialPages>(Create, (pages, request) => pages.CreateAsync(request));
        app.MapDashboard<ServerCredentialPages>(DeletePage, (pages, request) => pages.AskAsync(request));
        app.MapDashboard<ServerCredentialPages>(Delete, (pages, request) => pages.DeleteAsync(request));
    }

    private Resource? ServerOf(DashboardRequest request) => configuration.Current.FindResource(request.Value("res"));

    private IResult ShowNew(DashboardRequest request) => ServerOf(request) is { } server
        ? Show(request, new(server, FieldForm.New(ClientFields.Table, Fields), Made: null))
        : DashboardErrors.NotFound.Page(request);

    private static DashboardPage Show(DashboardRequest request, NewServerCredential view) =>
        request.Page<NewServerCredentialPage, NewServerCredential>(Title, view, view.Form.Status);

    private async Task<IResult> CreateAsync(DashboardRequest request)
    {
        if (ServerOf(request) is not { } server)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var form = FieldForm.Posted(ClientFields.Table, request.Form, Fields);
        var body = form.Body;
        body["use"] = "resource_server";
        var outcome = await clients.CreateAsync(request.Operator.Actor, server.Id.Value, JsonBody.Of(body), request.Aborted);
        return outcome.ProblemOr(out var made) is { } problem
            ? Show(request, new(server, form.Refused(problem), Made: null))
            : Show(request, new(server, form, made));
    }

    private async Task<Client?> CredentialOfAsync(DashboardRequest request, Resource server) =>
        (await clients.LookUpAsync(server.Id.Value, request.Value("client"), request.Aborted)).ProblemOr(out var found) is null
        && found.IsResourceServer
            ? found
            : null;

    private async Task<IResult> AskAsync(DashboardRequest request) =>
        ServerOf(request) is { } server && await CredentialOfAsync(request, server) is { } credential
            ? request.Ask(new()
            {
                Title = $"Delete the credential {credential.Name}?",
                Parent = server.Name,
                CancelPath = ServerPages.Page.Path(server.Id.Value),
                Ends = ["The MCP server can no longer ask about tokens with it."],
                Stays = "No access ends. An MCP server that checks signatures goes on.",
                Route = Delete,
                Ids = [server.Id.Value, credential.Id.Value],
                Verb = $"Delete {credential.Name}",
                AsksReason = true,
            })
            : DashboardErrors.NotFound.Page(request);

    private async Task<IResult> DeleteAsync(DashboardRequest request) =>
        ServerOf(request) is { } server && await CredentialOfAsync(request, server) is { } credential
        && await clients.DeleteAsync(
            request.ActorWithReason(), server.Id.Value, credential.Id.Value, IfMatch.Unsaid, request.Aborted) is null
            ? await request.RedirectAsync(ServerPages.Page.Path(server.Id.Value), $"The credential {credential.Name} was deleted.")
            : DashboardErrors.NotFound.Page(request);
}

/// <summary>The data of <c>NewServerCredentialPage</c>.</summary>
/// <param name="Made">The new credential with its secret. Null before.</param>
internal sealed record NewServerCredential(Resource Server, FieldForm Form, ShownClient? Made);
