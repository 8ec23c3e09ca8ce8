namespace Latchkey.Server.Management;

/// <summary>Every address of the management API but those that belong to another feature (login, registration). Each names its roles.</summary>
internal static class ManagementApi
{
    public static void Map(IEndpointRouteBuilder app)
    {
        ResourceEndpoints.Map(app);
        ConnectionEndpoints.Map(app);
        ClientEndpoints.Map(app);
        OrganizationClientEndpoints.Map(app);
        ApiClientEndpoints.Map(app);
        SecretEndpoints.Map(app);
        InitialAccessTokenEndpoints.Map(app);
        AccessEndpoints.Map(app);
        AuthRequestEndpoints.Map(app);
        OperationEndpoints.Map(app);
    }
}
