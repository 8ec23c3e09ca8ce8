using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;
using Latchkey.Server.Dashboard.Components;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.Grants;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Clients;
using Latchkey.Server.Operators;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Dashboard.Clients;

/// <summary>
/// One client: what it is, its latest sign-ins and accesses, the history of its description; blocking, unblocking and deleting it. The work
/// is done by the classes of the management API.
/// </summary>
internal sealed class ClientPages(
    ClientStore store, ClientBrowser browser, GrantBrowser grants, ClientTrust trust, SecretUses uses, StaticClients clients,
    LatestSignIns signIns, ConfigurationCache configuration)
{
    private const int MaxGrants = 5;

    public static readonly DashboardRoute Page = DashboardRoute.Page("/dashboard/clients/{client}");
    public static readonly DashboardRoute Changes = DashboardRoute.Page("/dashboard/clients/{client}/changes");
    public static readonly DashboardRoute Block = DashboardRoute.Post("/dashboard/clients/{client}/block", OperatorRole.Admin);
    public static readonly DashboardRoute Unblock = DashboardRoute.Post("/dashboard/clients/{client}/unblock", OperatorRole.Admin);
    public static readonly DashboardRoute DeletePage = DashboardRoute.Page("/dashboard/clients/{client}/delete", OperatorRole.Admin);
    public static readonly DashboardRoute Delete = DashboardRoute.Post("/dashboard/clients/{client}/delete", OperatorRole.Admin);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<ClientPages>(Page, (pages, request) => pages.ShowAsync(request));
        app.MapDashboard<ClientPages>(Changes, (pages, request) => pages.ShowChangesAsync(request));
        app.MapDashboard<ClientPages>(Block, (pages, request) => pages.SetEnabledAsync(request, isEnabled: false));
        app.MapDashboard<ClientPages>(Unblock, (pages, request) => pages.SetEnabledAsync(request, isEnabled: true));
        app.MapDashboard<ClientPages>(DeletePage, (pages, request) => pages.AskToDeleteAsync(request));
        app.MapDashboard<ClientPages>(Delete, (pages, request) => pages.DeleteAsync(request));
    }

    /// <summary>The client of the path, or null.</summary>
    public static async Task<Client?> OfAsync(DashboardRequest request, ClientStore store) =>
        ClientId.Parse(PathKey.Read(request.Value("client"))) is { } id ? await store.FindAsync(id, request.Aborted) : null;

    private async Task<IResult> ShowAsync(DashboardRequest request)
    {
        if (await OfAsync(request, store) is not { } client)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var latest = await signIns.ReadAsync(new() { ClientId = client.Id.Value }, request);
        var used = await grants.ListAsync(
            new(Client: client.Id), new(Place: null, IsNewer: false, MaxGrants), request.Now, request.Aborted);
        return request.Page<ClientPage, ClientView>(client.Name, new()
        {
            Client = client,
            Line = ClientLine.Of(client, trust, configuration.Current),
            Server = client.ResourceId is { } id ? configuration.Current.Find(id)?.Name ?? id.Value : null,
            Numbers = await browser.NumbersAsync(client.Id, request.Aborted),
            Grants = used,
            Latest = latest,
            SecretUses = await uses.OfAsync(client.Secrets, request.Aborted),
            Configuration = configuration.Current,
        });
    }

    private async Task<IResult> ShowChangesAsync(DashboardRequest request) => await OfAsync(request, store) is not { } client
        ? DashboardErrors.NotFound.Page(request)
        : request.Page<ClientChangesPage, ClientChanges>(
            $"Changes of {client.Name}", new(client, await store.ChangesAsync(client.Id, request.Aborted)));

    private async Task<IResult> SetEnabledAsync(DashboardRequest request, bool isEnabled)
    {
        if (await OfAsync(request, store) is not { } client)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var body = JsonBody.Of(new System.Text.Json.Nodes.JsonObject { ["enabled"] = isEnabled });
        var outcome = await clients.ChangeAsync(
            request.Operator.Actor, resource: null, client.Id.Value, body, IfMatch.Unsaid, request.Aborted);
        return outcome.ProblemOr(out _) is { } problem
            ? DashboardErrors.Of(problem).Page(request)
            : await request.RedirectAsync(
                DashboardPaths.Client(client.Id), isEnabled ? $"{client.Name} works again." : $"{client.Name} is blocked.");
    }

    private async Task<IResult> AskToDeleteAsync(DashboardRequest request) => await QuestionAsync(request) is { Question: { } question }
        ? request.Ask(question)
        : DashboardErrors.NotFound.Page(request);

    private async Task<IResult> DeleteAsync(DashboardRequest request)
    {
        if (await QuestionAsync(request) is not { Client: { } client, Question: { } question })
        {
            return DashboardErrors.NotFound.Page(request);
        }

        if (request.Unconfirmed(question) is { } error)
        {
            return request.Ask(question, error);
        }

        return await clients.DeleteAsync(request.ActorWithReason(), client, IfMatch.Unsaid, "client", request.Aborted) is { } problem
            ? request.Ask(question, new(problem.Status, problem.Code, problem.Detail))
            : await request.RedirectAsync(ClientListPages.List.Pattern, $"{client.Name} was deleted.");
    }

    /// <summary>A client with a document cannot be deleted: its next sign-in would read the document again. It can be blocked.</summary>
    private async Task<(Client Client, Confirmation Question)?> QuestionAsync(DashboardRequest request)
    {
        if (await OfAsync(request, store) is not { } client || client.Origin == ClientOrigin.Document)
        {
            return null;
        }

        var numbers = await browser.NumbersAsync(client.Id, request.Aborted);
        return (client, new()
        {
            Title = $"Delete {client.Name}?",
            Parent = client.Name,
            CancelPath = DashboardPaths.Client(client.Id),
            Ends =
            [
                numbers.Grants == 0 ? "No person has access by it at present."
                    : numbers.People == 1 ? "1 person loses access at once; tokens at MCP servers live until they expire."
                    : $"{SignInWords.Capped(numbers.People, ClientBrowser.MaxCounted)} people lose access at once; "
                        + "tokens at MCP servers live until they expire.",
                .. client.Origin == ClientOrigin.Registered
                    ? ["The same program can register again. To keep it away, block it instead."] : Array.Empty<string>(),
            ],
            Stays = "Its sign-ins stay in the log, and its entries in the audit log.",
            Route = Delete,
            Id = PathKey.Of(client.Id.Value),
            Verb = $"Delete {client.Name}",
            TypedName = numbers.Grants > 0 ? client.Name : null,
            AsksReason = true,
        });
    }
}

/// <summary>The data of <c>ClientPage</c>.</summary>
internal sealed record ClientView
{
    public required Client Client { get; init; }
    public required ClientLine Line { get; init; }

    /// <summary>The MCP server of the client. Null for a client of all.</summary>
    public required string? Server { get; init; }
    public required ClientNumbers Numbers { get; init; }
    public required RowsOfSlice<ListedGrant> Grants { get; init; }
    public required LatestView Latest { get; init; }
    public required IReadOnlyDictionary<string, DateTimeOffset> SecretUses { get; init; }
    public required ConfigurationSnapshot Configuration { get; init; }

    public IEnumerable<ClientNote> Notes => ClientNotes.Of(Line.Family, Client.Name);
}

/// <summary>The data of <c>ClientChangesPage</c>.</summary>
/// <param name="Changes">Oldest first.</param>
internal sealed record ClientChanges(Client Client, IReadOnlyList<(DateTimeOffset At, string What)> Changes);
