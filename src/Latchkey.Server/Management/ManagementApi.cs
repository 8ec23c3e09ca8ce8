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

namespace Latchkey.Server.Management;

/// <summary>Maps every operation of the management API. Each one is a file in the folder of its entity.</summary>
internal static class ManagementApi
{
    public static void Map(IEndpointRouteBuilder app)
    {
        CreateResource.Map(app);
        ListResources.Map(app);
        GetResource.Map(app);
        ChangeResource.Map(app);
        DeleteResource.Map(app);

        EnsureConnection.Map(app);
        ListConnections.Map(app);
        GetConnection.Map(app);
        ChangeConnection.Map(app);

        CreateClient.Map(app);
        ListClientsOfResource.Map(app);
        GetClientOfResource.Map(app);
        ChangeClientOfResource.Map(app);
        DeleteClient.Map(app);
        ListClients.Map(app);
        GetClient.Map(app);
        ChangeClient.Map(app);

        CreateOrganizationClient.Map(app);
        ListOrganizationClients.Map(app);
        GetOrganizationClient.Map(app);
        ChangeOrganizationClient.Map(app);
        DeleteOrganizationClient.Map(app);

        CreateApiClient.Map(app);
        ListApiClients.Map(app);
        GetApiClient.Map(app);
        ChangeApiClient.Map(app);
        DeleteApiClient.Map(app);

        AddSecret.Map(app);
        ChangeSecret.Map(app);
        DeleteSecret.Map(app);

        CreateInitialAccessToken.Map(app);
        ListInitialAccessTokens.Map(app);
        DeleteInitialAccessToken.Map(app);

        ReportLogin.Map(app);
        RejectLogin.Map(app);
        GetLoginRequest.Map(app);
        RevokeUser.Map(app);
        UpdateUser.Map(app);

        ListConsents.Map(app);
        RevokeConsent.Map(app);
        ListGrants.Map(app);
        EndGrant.Map(app);
        ListUsers.Map(app);
        ListAuthRequests.Map(app);
        GetAuthRequest.Map(app);

        ListKeys.Map(app);
        RotateKey.Map(app);
        GetSettings.Map(app);
        GetHealth.Map(app);
        ListAudit.Map(app);
    }
}
