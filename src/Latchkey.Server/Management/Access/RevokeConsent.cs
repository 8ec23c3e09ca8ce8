namespace Latchkey.Server.Management.Access;

internal static class RevokeConsent
{
    public static void Map(IEndpointRouteBuilder app) => app.MapDelete("/api/v1/clients/{client}/consents/{consent}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "RevokeConsent", OperationTags.Access, "Revoke a consent", OperationResponse.Empty,
            "Every grant of the user for the client at the resource ends with it: the next refresh is invalid_grant, and "
            + "introspection reports inactive."));

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string client, string consent, ApiCaller caller, AccessAdministration access,
        CancellationToken cancellationToken) =>
        await access.RevokeConsentAsync(caller.Actor, RawPathSegment.Client(http, client), consent, cancellationToken)
        ?? JsonResponses.Nothing;
}
