using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.Components;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Grants;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Resources;
using Latchkey.Server.Operators;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Dashboard.Servers;

/// <summary>Deletes an MCP server, which ends all access to it.</summary>
internal sealed class DeleteServerPages(ConfigurationCache configuration, ResourceAdministration servers, ResourceUse use)
{
    public static readonly DashboardRoute Ask =
        DashboardRoute.Page("/dashboard/servers/{res}/delete", OperatorRole.Owner) with { NeedsConfirmation = true };

    public static readonly DashboardRoute Delete =
        DashboardRoute.Post("/dashboard/servers/{res}/delete", OperatorRole.Owner) with { NeedsConfirmation = true };

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<DeleteServerPages>(Ask, (pages, request) => pages.AskAsync(request));
        app.MapDashboard<DeleteServerPages>(Delete, (pages, request) => pages.DeleteAsync(request));
    }

    private async Task<IResult> AskAsync(DashboardRequest request) =>
        configuration.Current.FindResource(request.Value("res")) is not { } server
            ? DashboardErrors.NotFound.Page(request)
            : request.Ask(await QuestionAsync(request, server));

    private async Task<IResult> DeleteAsync(DashboardRequest request)
    {
        if (configuration.Current.FindResource(request.Value("res")) is not { } server)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var question = await QuestionAsync(request, server);
        if (request.Unconfirmed(question) is { } error)
        {
            return request.Ask(question, error);
        }

        return await servers.DeleteAsync(request.ActorWithReason(), server.Id.Value, IfMatch.Unsaid, request.Aborted) is null
            ? await request.RedirectAsync(ServerPages.List.Pattern, $"{server.Name} was deleted.")
            : DashboardErrors.NotFound.Page(request);
    }

    private async Task<Confirmation> QuestionAsync(DashboardRequest request, Resource server)
    {
        var live = await use.CountAsync(server.Id, request.Now, request.Aborted);
        var minutes = FieldForm.Words((long)server.AccessTokenLifetime.TotalSeconds);
        return new()
        {
            Title = $"Delete {server.Name}?",
            Parent = server.Name,
            CancelPath = ServerPages.Page.Path(server.Id.Value),
            Ends = live.Grants == 0
                ? ["Nothing has access to it now. Its permissions and credentials are deleted."]
                :
                [
                    $"{EndedAccess.Words(live)} lose access at once.",
                    $"Tokens that the MCP server checks by itself live up to {minutes} more.",
                ],
            Stays = "Its login page stays, and so do the sign-ins and the record of changes.",
            Route = Delete,
            Id = server.Id.Value,
            Verb = $"Delete {server.Name}",
            TypedName = live.Grants == 0 ? null : server.Name,
            AsksReason = true,
        };
    }
}
