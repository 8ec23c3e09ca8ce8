namespace Latchkey.Server.Management.Secrets;

internal static class ChangeSecret
{
    private static readonly string[] Methods = [HttpMethods.Put, HttpMethods.Patch];

    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var route in SecretRoute.All)
        {
            app.MapMethods(route.Path + "/{secret}", Methods, (
                HttpRequest http, string secret, ApiCaller caller, IfMatch expected, ClientSecrets secrets,
                CancellationToken cancellationToken) =>
                HandleAsync(http, route.Holder(http), secret, caller, expected, secrets, cancellationToken))
                .RequireAuthorization(ManagementPolicies.Write)
                .Describe(new(
                    $"ChangeSecretOf{route.Kind}", route.Tag, $"Set the expiry of a secret of {route.Client}, or disable and enable it",
                    OperationResponse.Ok(() => new SecretResponse(Samples.InactiveSecret, PlainSecret: null), hasETag: true))
                {
                    Description = "PUT and PATCH are the same. The ETag is that of the client. Tokens issued to the secret stay valid "
                        + "until they expire.",
                    Body = "ChangeSecret",
                    Problems = route.Problems,
                });
        }
    }

    private static async Task<IResult> HandleAsync(
        HttpRequest http, SecretOwner holder, string secret, ApiCaller caller, IfMatch expected, ClientSecrets secrets,
        CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadAsync(http, cancellationToken);
        return JsonResponses.Of(
            await secrets.ChangeAsync(caller, holder, secret, body, expected, cancellationToken), changed => JsonResponses.Ok(
                new SecretResponse(new(changed.Secret, changed.Uses), PlainSecret: null), changed.Revision));
    }
}
