using Latchkey.Server.Http;

namespace Latchkey.Server.Management.Access;

internal static class RevokeConsent
{
    public static void Map(IEndpointRouteBuilder app) => app.MapDelete("/api/v1/clients/{client}/consents/{consent}", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new("RevokeConsent", OperationTags.Access, "Take a consent back", OperationResponse.Empty)
        {
            Description = "Every grant of that person for that client at that resource ends with it: the next refresh is invalid_grant, "
                + "introspection says inactive.",
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string client, string consent, ApiCaller caller, AccessAdministration access, CancellationToken cancellationToken) =>
        await access.RevokeConsentAsync(caller.Actor, RawPathSegment.Client(http, client), consent, cancellationToken) ?? JsonResponses.Nothing;
}
