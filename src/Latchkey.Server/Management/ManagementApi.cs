using Latchkey.Server.Management.Access;
using Latchkey.Server.Management.ApiClients;
using Latchkey.Server.Management.Audit;
using Latchkey.Server.Management.AuthRequests;
using Latchkey.Server.Management.Clients;
using Latchkey.Server.Management.Connections;
using Latchkey.Server.Management.InitialAccessTokens;
using Latchkey.Server.Management.Logins;
using Latchkey.Server.Management.Organizations;
using Latchkey.Server.Management.Resources;
using Latchkey.Server.Management.Secrets;
using Latchkey.Server.Management.Server;
using Latchkey.Server.Management.Webhooks;

namespace Latchkey.Server.Management;

/// <summary>Maps every operation of the management API. Each one is a file in the folder of its entity.</summary>
internal static class ManagementApi
{
    /// <summary>A line per entity.</summary>
    private static readonly Action<IEndpointRouteBuilder>[] Operations =
    [
        CreateResource.Map, ListResources.Map, GetResource.Map, ChangeResource.Map, DeleteResource.Map,
        EnsureConnection.Map, ListConnections.Map, GetConnection.Map, ChangeConnection.Map, DeleteConnection.Map,
        CreateClient.Map, ListClientsOfResource.Map, GetClientOfResource.Map, ChangeClientOfResource.Map, DeleteClient.Map,
        ListClients.Map, GetClient.Map, ChangeClient.Map,
        CreateOrganizationClient.Map, ListOrganizationClients.Map, GetOrganizationClient.Map, ChangeOrganizationClient.Map,
        DeleteOrganizationClient.Map,
        CreateApiClient.Map, ListApiClients.Map, GetApiClient.Map, ChangeApiClient.Map, DeleteApiClient.Map,
        AddSecret.Map, ChangeSecret.Map, DeleteSecret.Map,
        CreateInitialAccessToken.Map, ListInitialAccessTokens.Map, DeleteInitialAccessToken.Map,
        ReportLogin.Map, RejectLogin.Map, GetLoginRequest.Map, RevokeUser.Map, EraseUser.Map, UpdateUser.Map,
        ListConsents.Map, RevokeConsent.Map, ForgetConsent.Map, ListGrants.Map, EndGrant.Map, NarrowGrant.Map,
        ListUsers.Map, ListAuthRequests.Map, GetAuthRequest.Map,
        ListUnattributedEvents.Map,
        CreateWebhook.Map, ListWebhooks.Map, GetWebhook.Map, ChangeWebhook.Map, DeleteWebhook.Map, RotateWebhookSecret.Map,
        SendTestEvent.Map, ListDeliveries.Map, GetDelivery.Map, SendAgain.Map,
        ListKeys.Map, RotateKey.Map, GetSettings.Map, GetHealth.Map, ListAudit.Map,
    ];

    public static void Map(IEndpointRouteBuilder app) => Array.ForEach(Operations, map => map(app));
}
