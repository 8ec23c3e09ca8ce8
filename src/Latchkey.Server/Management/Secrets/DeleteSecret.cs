namespace Latchkey.Server.Management.Secrets;

internal static class DeleteSecret
{
    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var route in SecretRoute.All)
        {
            app.MapDelete(route.Path + "/{secret}", async Task<IResult> (
                HttpRequest http, string secret, ApiCaller caller, IfMatch expected, ClientSecrets secrets,
                CancellationToken cancellationToken) =>
                await secrets.DeleteAsync(caller.Actor, route.Holder(http), secret, expected, cancellationToken) ?? JsonResponses.Nothing)
                .Describe(ManagementPolicies.Write, new(
                    $"DeleteSecretOf{route.Kind}", route.Tag, $"Delete a secret of {route.Client}", OperationResponse.Empty)
                { Problems = route.Problems });
        }
    }
}
