using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Credentials;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.Grants;
using Latchkey.Server.Management;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Dashboard.Servers;

/// <summary>The list of MCP servers, one of them, and the clients that used it.</summary>
internal sealed class ServerPages(
    ConfigurationCache configuration, ResourceUse use, EndedSignIns signIns, LogReader log, ClientStore clients, SecretUses secretUses)
{
    public const string ListTitle = "MCP servers";

    public static readonly DashboardRoute List = DashboardRoute.Page("/dashboard/servers");
    public static readonly DashboardRoute Page = DashboardRoute.Page("/dashboard/servers/{res}");
    public static readonly DashboardRoute Clients = DashboardRoute.Page("/dashboard/servers/{res}/clients");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<ServerPages>(List, (pages, request) => pages.ListAsync(request));
        app.MapDashboard<ServerPages>(Page, (pages, request) => pages.ShowAsync(request));
        app.MapDashboard<ServerPages>(Clients, (pages, request) => pages.ClientsAsync(request));
    }

    private async Task<IResult> ListAsync(DashboardRequest request)
    {
        if (ListSlice.Of(request) is not { } slice)
        {
            return await request.RedirectAsync(List.Pattern);
        }

        var current = configuration.Current;
        var page = slice.Of(current.Resources, r => new RowPlace(r.CreatedAt, r.Id.Value));
        var used = await use.UsedAsync([.. page.Rows.Select(r => r.Id)], request.Aborted);
        var (numbers, state) = await log.ReadAsync(() => signIns.PerResourceAsync(request.Now, request.Aborted), request.Aborted);
        return request.Page<ServerListPage, ServerList>(ListTitle, new(
            [
                .. page.Rows.Select(r => new ServerRow(
                    r, current.UsableConnectionOf(r), numbers?.GetValueOrDefault(r.Id.Value),
                    ServerState.Of(r, current, used.Contains(r.Id.Value))))
            ],
            page.Newer, page.Older, state));
    }

    private async Task<IResult> ShowAsync(DashboardRequest request)
    {
        if (configuration.Current.FindResource(request.Value("res")) is not { } server)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var used = await use.UsedAsync([server.Id], request.Aborted);
        var (numbers, state) = await log.ReadAsync(() => signIns.PerResourceAsync(request.Now, request.Aborted), request.Aborted);
        var credentials = await clients.OfResourceServerAsync(server.Id, request.Aborted);
        return request.Page<ServerPage, ServerView>(server.Name, new()
        {
            Server = server,
            LoginPage = server.ConnectionId is { } id ? configuration.Current.Find(id) : null,
            State = ServerState.Of(server, configuration.Current, used.Contains(server.Id.Value)),
            SignIns = numbers?.GetValueOrDefault(server.Id.Value),
            Log = state,
            Credentials = credentials,
            Uses = await secretUses.OfAsync(credentials.SelectMany(c => c.Secrets), request.Aborted),
        });
    }

    private async Task<IResult> ClientsAsync(DashboardRequest request)
    {
        if (configuration.Current.FindResource(request.Value("res")) is not { } server)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var used = await use.ClientsAsync(server.Id, request.Aborted);
        var known = await clients.FindAllAsync([.. used.Select(u => u.Client)], request.Aborted);
        return request.Page<ServerClientsPage, ServerClients>(
            $"Clients of {server.Name}",
            new(server, [.. used.Select(u => new ClientRow(u, known.GetValueOrDefault(u.Client.Value)))]));
    }
}

/// <summary>The data of <c>ServerListPage</c>.</summary>
internal sealed record ServerList(IReadOnlyList<ServerRow> Rows, string? Newer, string? Older, LogState Log);

/// <param name="LoginPage">Null when people cannot sign in.</param>
/// <param name="SignIns">The sign-ins of the last 24 hours. Null when the log cannot be read.</param>
internal sealed record ServerRow(Resource Server, Connection? LoginPage, long? SignIns, ServerState State);

/// <summary>The data of <c>ServerPage</c>.</summary>
internal sealed record ServerView
{
    public required Resource Server { get; init; }

    /// <summary>Null when there is none. It can be one that is switched off.</summary>
    public required Connection? LoginPage { get; init; }
    public required ServerState State { get; init; }

    /// <summary>The sign-ins of the last 24 hours. Null when the log cannot be read.</summary>
    public required long? SignIns { get; init; }
    public required LogState Log { get; init; }

    /// <summary>The credentials with which the MCP server checks tokens.</summary>
    public required IReadOnlyList<Client> Credentials { get; init; }
    public required IReadOnlyDictionary<string, DateTimeOffset> Uses { get; init; }
}

/// <summary>The data of <c>ServerClientsPage</c>.</summary>
internal sealed record ServerClients(Resource Server, IReadOnlyList<ClientRow> Rows);

/// <param name="Known">Null when the client is deleted.</param>
internal sealed record ClientRow(ClientAtResource Used, Client? Known)
{
    /// <summary>The name, or the id when a stranger chose a name that cannot be shown.</summary>
    public string Name => Known is null ? Used.Client.Value
        : Known.Origin == ClientOrigin.Operator || ClientNames.CanBeShown(Known.Name) ? Known.Name
        : Known.Id.Value;

    public string Kind => Known?.Origin switch
    {
        null => "deleted",
        ClientOrigin.Operator => "made here",
        ClientOrigin.Document => "by document",
        _ => "registered itself",
    };

    public string? Host => Used.Client.DocumentUrl is { } url ? ClientIdUrl.HostOf(url)
        : Known?.RedirectUris is [var first, ..] && Uri.TryCreate(first, UriKind.Absolute, out var uri) ? uri.Host
        : null;
}
