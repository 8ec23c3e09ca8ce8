namespace Latchkey.Server.Management.Access;

internal static class ForgetConsent
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapDelete("/api/v1/clients/{client}/consents/{consent}/remembered", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "ForgetConsent", OperationTags.Access, "Ask for a consent again", OperationResponse.Empty,
            "The user is asked at the next sign-in of the client. Grants go on. A consent that is not remembered is 200, too."));

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string client, string consent, ApiCaller caller, AccessAdministration access,
        CancellationToken cancellationToken) =>
        await access.ForgetConsentAsync(caller.Actor, RawPathSegment.Client(http, client), consent, cancellationToken)
        ?? JsonResponses.Nothing;
}
