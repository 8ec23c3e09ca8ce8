namespace Latchkey.Server.Management.Access;

internal static class EndGrant
{
    public static void Map(IEndpointRouteBuilder app) => app.MapDelete("/api/v1/grants/{grant}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "EndGrant", OperationTags.Access, "End a grant", OperationResponse.Empty,
            "A grant that has already ended is 200, too."));

    private static async Task<IResult> HandleAsync(
        string grant, ApiCaller caller, AccessAdministration access, CancellationToken cancellationToken) =>
        await access.EndGrantAsync(caller.Actor, grant, cancellationToken) ?? JsonResponses.Nothing;
}
