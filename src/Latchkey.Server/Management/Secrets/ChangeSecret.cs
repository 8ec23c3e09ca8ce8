namespace Latchkey.Server.Management.Secrets;

internal static class ChangeSecret
{
    private static readonly string[] Methods = [HttpMethods.Put, HttpMethods.Patch];

    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var route in SecretRoute.All)
        {
            app.MapMethods(route.Path + "/{secret}", Methods, async Task<IResult> (
                HttpRequest http, string secret, ApiCaller caller, JsonBody body, IfMatch expected, ClientSecrets secrets,
                CancellationToken cancellationToken) =>
                JsonResponses.Of(
                    await secrets.ChangeAsync(caller.Actor, route.Holder(http), secret, body, expected, cancellationToken),
                    changed => JsonResponses.Ok(
                        new SecretResponse(new(changed.Secret, changed.Uses), PlainSecret: null), changed.Revision)))
                .Describe(ManagementPolicies.Write, new(
                    $"ChangeSecretOf{route.Kind}", route.Tag, $"Set the expiry of a secret of {route.Client}, or disable and enable it",
                    OperationResponse.Ok(() => new SecretResponse(Samples.InactiveSecret, PlainSecret: null), hasETag: true),
                    "PUT and PATCH are the same. The ETag is that of the client. Tokens issued to the secret stay valid until they "
                    + "expire.")
                {
                    Body = "ChangeSecret",
                    Problems = route.Problems,
                });
        }
    }
}
