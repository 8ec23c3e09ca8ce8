namespace Latchkey.Server.Management.Access;

internal static class NarrowGrant
{
    private const int MaxScopes = 500;
    private const int MaxScopeLength = 256;

    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/grants/{grant}:narrow", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "NarrowGrant", OperationTags.Access, "Narrow a grant", OperationResponse.Empty,
            "scopes is what the grant keeps. Its next refresh issues that, and introspection reports no more than that at once. A client "
            + "that wants more has to ask the user again.")
        { Problems = [AccessAdministration.GrantEnded, Problem.Overtaken] });

    private static async Task<IResult> HandleAsync(
        string grant, ApiCaller caller, JsonBody body, AccessAdministration access, CancellationToken cancellationToken)
    {
        var scopes = body.Texts("scopes", MaxScopes, MaxScopeLength);
        if (scopes is null && !body.IsWrong("scopes"))
        {
            body.Wrong("scopes", "is required");
        }

        return body.Validate()
            ?? await access.NarrowGrantAsync(caller.Actor, grant, Scope.Of(scopes ?? []), cancellationToken)
            ?? JsonResponses.Nothing;
    }
}
