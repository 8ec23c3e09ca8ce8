using Latchkey.Server.Clients;
using Latchkey.Server.Dashboard.Secrets;
using Latchkey.Server.Management.Secrets;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.Clients;

/// <summary>The secrets of a client that an operator made.</summary>
internal sealed class ClientSecretPages(ClientStore store, SecretPages secrets)
{
    public static readonly DashboardRoute Add = DashboardRoute.Post("/dashboard/clients/{client}/secrets", OperatorRole.Admin);

    public static readonly DashboardRoute RemovePage =
        DashboardRoute.Page("/dashboard/clients/{client}/secrets/{secret}/remove", OperatorRole.Admin);

    public static readonly DashboardRoute Remove =
        DashboardRoute.Post("/dashboard/clients/{client}/secrets/{secret}/remove", OperatorRole.Admin);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<ClientSecretPages>(Add, async (pages, request) => await pages.OfAsync(request) is { } holder
            ? await pages.AddAsync(request, holder) : DashboardErrors.NotFound.Page(request));
        app.MapDashboard<ClientSecretPages>(RemovePage, async (pages, request) => await pages.OfAsync(request) is { } holder
            ? SecretPages.AskToRemove(request, holder, Remove) : DashboardErrors.NotFound.Page(request));
        app.MapDashboard<ClientSecretPages>(Remove, async (pages, request) => await pages.OfAsync(request) is { } holder
            ? await pages.RemoveAsync(request, holder) : DashboardErrors.NotFound.Page(request));
    }

    private Task<IResult> AddAsync(DashboardRequest request, SecretHolder holder) => secrets.AddAsync(request, holder);

    private Task<IResult> RemoveAsync(DashboardRequest request, SecretHolder holder) => secrets.RemoveAsync(request, holder);

    private async Task<SecretHolder?> OfAsync(DashboardRequest request) =>
        await ClientPages.OfAsync(request, store) is { Origin: ClientOrigin.Operator, ResourceId: { } home } client
            ? new(
                new SecretOwner.OfResource(home.Value, client.Id.Value), client.Name, DashboardPaths.Client(client.Id),
                PathKey.Of(client.Id.Value), client.Secrets)
            : null;
}
