namespace Latchkey.Server.Management.Secrets;

/// <summary>Adds a secret, for each kind of client that can have secrets.</summary>
internal static class AddSecret
{
    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var route in SecretRoute.All)
        {
            app.MapPost(route.Path, async Task<IResult> (
                HttpRequest http, ApiCaller caller, IfMatch expected, ClientSecrets secrets, CancellationToken cancellationToken) =>
                JsonResponses.Of(
                    await secrets.AddAsync(
                        caller.Actor, route.Holder(http), await JsonBody.ReadIfAnyAsync(http, cancellationToken), expected,
                        cancellationToken),
                    made => JsonResponses.Created(
                        new SecretResponse(new(made.Secret, made.Uses), made.Plain?.Value), made.Revision)))
                .Describe(ManagementPolicies.Write, new(
                    $"AddSecretOf{route.Kind}", route.Tag, $"Add a secret to {route.Client}",
                    OperationResponse.Created(() => Samples.MadeSecret, hasETag: true),
                    "A client has at most five. With overlap, the others expire after that many seconds: a rotation without an "
                    + "outage. plain_secret is shown only once.")
                {
                    Body = "AddSecret",
                    BodyIsOptional = true,
                    TakesIdempotencyKey = true,
                    Problems = [ClientSecrets.TooManySecrets, SecretOwners.ProvesItselfOtherwise],
                });
        }
    }
}
