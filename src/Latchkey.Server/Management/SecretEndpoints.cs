using Latchkey.Server.Clients;
using Latchkey.Server.OpenApi;
using Latchkey.Server.OpenApi.Operations;

namespace Latchkey.Server.Management;

/// <summary>Secrets of API clients and of OAuth clients over REST.</summary>
internal static class SecretEndpoints
{
    private static readonly string[] Update = ["PUT", "PATCH"];

    public static void Map(IEndpointRouteBuilder app)
    {
        Map(app, "/api/v1/clients/{client}/secrets", SecretOperations.OfApiClient, http => new SecretHolder.Api(Named(http, "client")));
        Map(app, "/api/v1/resources/{resource}/clients/{client}/secrets", SecretOperations.OfClient, http => new SecretHolder.OfResource(Named(http, "resource"), Named(http, "client")));
        Map(app, "/api/v1/organizations/{organization}/clients/{client}/secrets", SecretOperations.OfOrganizationClient, http =>
            new SecretHolder.OfOrganization(SegmentAsSent.Organization(http, Named(http, "organization")), Named(http, "client")));
    }

    private static void Map(IEndpointRouteBuilder app, string all, SecretOperations operations, Func<HttpRequest, SecretHolder> holder)
    {
        app.MapPost(all, (HttpRequest http, ApiCaller caller, IfMatch expected, ClientSecrets secrets, CancellationToken cancellationToken) =>
            AddAsync(http, holder(http), caller, expected, secrets, cancellationToken)).WithMetadata(Roles.Write, TakesIdempotencyKey.Create).Described(operations.Add);
        app.MapMethods(all + "/{secret}", Update, (HttpRequest http, string secret, ApiCaller caller, IfMatch expected, ClientSecrets secrets, CancellationToken cancellationToken) =>
            ChangeAsync(http, holder(http), secret, caller, expected, secrets, cancellationToken)).WithMetadata(Roles.Write).Described(operations.Change);
        app.MapDelete(all + "/{secret}", (HttpRequest http, string secret, ApiCaller caller, IfMatch expected, ClientSecrets secrets, CancellationToken cancellationToken) =>
            DeleteAsync(holder(http), secret, caller, expected, secrets, cancellationToken)).WithMetadata(Roles.Write).Described(operations.Delete);
    }

    private static string Named(HttpRequest http, string parameter) => (string)http.RouteValues[parameter]!;

    private static async Task<IResult> AddAsync(HttpRequest http, SecretHolder holder, ApiCaller caller, IfMatch expected, ClientSecrets secrets, CancellationToken cancellationToken) =>
        Answers.Of(await secrets.AddAsync(caller.Actor, holder, await JsonBody.ReadIfAnyAsync(http, cancellationToken), expected, cancellationToken), made =>
            Answers.Created(new SecretAnswer(new SecretBody(made.Secret, made.Uses), made.Plain?.Value), ManagementJson.Default.SecretAnswer, made.Revision));

    private static async Task<IResult> ChangeAsync(HttpRequest http, SecretHolder holder, string secret, ApiCaller caller, IfMatch expected, ClientSecrets secrets, CancellationToken cancellationToken) =>
        Answers.Of(await secrets.ChangeAsync(caller, holder, secret, await JsonBody.ReadAsync(http, cancellationToken), expected, cancellationToken), changed =>
            Answers.Ok(new SecretAnswer(new SecretBody(changed.Secret, changed.Uses), PlainSecret: null), ManagementJson.Default.SecretAnswer, changed.Revision));

    private static async Task<IResult> DeleteAsync(SecretHolder holder, string secret, ApiCaller caller, IfMatch expected, ClientSecrets secrets, CancellationToken cancellationToken) =>
        await secrets.DeleteAsync(caller, holder, secret, expected, cancellationToken) ?? Answers.Nothing;
}
