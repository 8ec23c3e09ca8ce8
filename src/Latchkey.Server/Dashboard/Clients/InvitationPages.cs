using System.Globalization;
using System.Text.Json.Nodes;
using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Management;
using Latchkey.Server.Management.InitialAccessTokens;
using Latchkey.Server.Operators;
using Latchkey.Server.Registration;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Dashboard.Clients;

/// <summary>
/// Invitations to register at an MCP server: initial access tokens (RFC 7591 §1.2). One is shown once, on the response of the form that
/// created it.
/// </summary>
internal sealed class InvitationPages(InitialAccessTokenAdministration tokens, ConfigurationCache configuration)
{
    private const string ServerInput = "server";
    private const int MaxServers = 200;
    private const long SecondsOfDay = 24 * 3600;

    public static readonly DashboardRoute List = DashboardRoute.Page("/dashboard/clients/invitations");
    public static readonly DashboardRoute New = DashboardRoute.Page("/dashboard/clients/invitations/add", OperatorRole.Admin);
    public static readonly DashboardRoute Create = DashboardRoute.Post("/dashboard/clients/invitations/add", OperatorRole.Admin);

    public static readonly DashboardRoute DeletePage =
        DashboardRoute.Page("/dashboard/clients/invitations/{res}/{token}/delete", OperatorRole.Admin);

    public static readonly DashboardRoute Delete =
        DashboardRoute.Post("/dashboard/clients/invitations/{res}/{token}/delete", OperatorRole.Admin);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<InvitationPages>(List, (pages, request) => pages.ListAsync(request));
        app.MapDashboard<InvitationPages>(New, (pages, request) => Task.FromResult<IResult>(
            pages.ShowNew(request, request.Query[ServerInput], problem: null)));
        app.MapDashboard<InvitationPages>(Create, (pages, request) => pages.CreateAsync(request));
        app.MapDashboard<InvitationPages>(DeletePage, async (pages, request) => await pages.QuestionAsync(request) is { } question
            ? request.Ask(question) : DashboardErrors.NotFound.Page(request));
        app.MapDashboard<InvitationPages>(Delete, (pages, request) => pages.DeleteAsync(request));
    }

    private IReadOnlyList<Resource> Servers => [.. configuration.Current.Resources.Take(MaxServers)];

    private static string PathOf(ResourceId server) => $"{List.Pattern}?{ServerInput}={server.Value}";

    private async Task<IResult> ListAsync(DashboardRequest request)
    {
        var asked = request.Query[ServerInput];
        var server = asked is null ? Servers.FirstOrDefault() : configuration.Current.FindResource(asked);
        if (asked is not null && server is null)
        {
            return await request.RedirectAsync(List.Pattern);
        }

        IReadOnlyList<InitialAccessToken> found = [];
        if (server is not null)
        {
            _ = (await tokens.OfResourceAsync(server.Id.Value, request.Aborted)).ProblemOr(out found);
        }

        return request.Page<InvitationListPage, Invitations>("Invitations", new(server, [.. found.Reverse()], Servers));
    }

    private DashboardPage ShowNew(DashboardRequest request, string? server, Problem? problem) =>
        request.Page<NewInvitationPage, NewInvitation>(
            "Invite a client",
            new(server, request.Form["name"], request.Form["days"], request.Form["max_uses"], ErrorsOf(problem), problem?.Code, Servers),
            problem?.Status ?? StatusCodes.Status200OK);

    private async Task<IResult> CreateAsync(DashboardRequest request)
    {
        var server = request.Form[ServerInput] ?? "";
        var body = new JsonObject
        {
            ["name"] = request.Form["name"] ?? "",
            ["expires_in"] = Number(request.Form["days"]) * SecondsOfDay,
            ["max_uses"] = Number(request.Form["max_uses"]),
        };
        var outcome = await tokens.CreateAsync(request.Operator.Actor, server, JsonBody.Of(body), request.Aborted);
        return outcome.ProblemOr(out var made) is { } problem
            ? ShowNew(request, server, problem)
            : request.Page<NewInvitationPage, NewInvitation>(
                "New invitation",
                new(server, made.Token.Name, Days: null, Uses: null, ErrorsOf(problem: null), Code: null, []) { Plain = made.Plain.Value });
    }

    /// <summary>Returns -1, which the reader refuses, for text that is no number.</summary>
    private static long Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= int.MaxValue ? number : -1;

    private static IReadOnlyDictionary<string, string> ErrorsOf(Problem? problem) => problem switch
    {
        null => new Dictionary<string, string>(StringComparer.Ordinal),
        { Errors: { Count: > 0 } errors } => errors.ToDictionary(
            e => e.Key == "expires_in" ? "days" : e.Key,
            e => e.Key switch
            {
                "expires_in" => $"Enter 1 to {InitialAccessToken.MaxLifetime.TotalDays:0} days.",
                "max_uses" => $"Enter 1 to {InitialAccessToken.MostUses:0} clients.",
                _ => $"The name {string.Join(", ", e.Value)}.",
            },
            StringComparer.Ordinal),
        _ => new Dictionary<string, string>(StringComparer.Ordinal) { [ServerInput] = "Choose the MCP server." },
    };

    private async Task<Components.Confirmation?> QuestionAsync(DashboardRequest request)
    {
        if (configuration.Current.FindResource(request.Value("res")) is not { } server
            || (await tokens.OfResourceAsync(server.Id.Value, request.Aborted)).ProblemOr(out var found) is not null
            || found.FirstOrDefault(t => t.Id.Value == request.Value("token")) is not { } token)
        {
            return null;
        }

        return new()
        {
            Title = $"Delete the invitation {token.Name}?",
            Parent = "Invitations",
            CancelPath = PathOf(server.Id),
            Ends = ["No further client can register with it."],
            Stays = "Clients that registered with it stay.",
            Route = Delete,
            Ids = [server.Id.Value, token.Id.Value],
            Verb = "Delete the invitation",
            AsksReason = true,
        };
    }

    private async Task<IResult> DeleteAsync(DashboardRequest request)
    {
        if (await QuestionAsync(request) is null)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        return await tokens.DeleteAsync(
            request.ActorWithReason(), request.Value("res"), request.Value("token"), request.Aborted) is not null
            ? DashboardErrors.NotFound.Page(request)
            : await request.RedirectAsync($"{List.Pattern}?{ServerInput}={request.Value("res")}", "The invitation was deleted.");
    }
}

/// <summary>The data of <c>InvitationListPage</c>.</summary>
/// <param name="Server">Null when there is no MCP server.</param>
internal sealed record Invitations(Resource? Server, IReadOnlyList<InitialAccessToken> Tokens, IReadOnlyList<Resource> Servers);

/// <summary>The data of <c>NewInvitationPage</c>: what was typed.</summary>
internal sealed record NewInvitation(
    string? Server, string? Name, string? Days, string? Uses, IReadOnlyDictionary<string, string> Errors, string? Code,
    IReadOnlyList<Resource> Servers)
{
    /// <summary>The token, shown once. Null before it was created.</summary>
    public string? Plain { get; init; }
}
