namespace Latchkey.Server.Management;

/// <summary>Secrets of API clients and of OAuth clients over REST.</summary>
internal static class SecretEndpoints
{
    private const string OfApiClient = "/api/v1/clients/{client}/secrets";
    private const string OfClient = "/api/v1/resources/{resource}/clients/{client}/secrets";

    private const string OfOrganization = "/api/v1/organizations/{organization}/clients/{client}/secrets";

    private static readonly string[] Update = ["PUT", "PATCH"];

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(OfApiClient, (HttpRequest http, string client, ApiCaller caller, ClientSecrets secrets, CancellationToken cancellationToken) =>
            AddAsync(http, new SecretHolder.Api(client), caller, secrets, cancellationToken)).WithMetadata(Roles.Write, TakesIdempotencyKey.Create);
        app.MapMethods(OfApiClient + "/{secret}", Update, (HttpRequest http, string client, string secret, ApiCaller caller, ClientSecrets secrets, CancellationToken cancellationToken) =>
            ChangeAsync(http, new SecretHolder.Api(client), secret, caller, secrets, cancellationToken)).WithMetadata(Roles.Write);
        app.MapDelete(OfApiClient + "/{secret}", (string client, string secret, ApiCaller caller, ClientSecrets secrets, CancellationToken cancellationToken) =>
            DeleteAsync(new SecretHolder.Api(client), secret, caller, secrets, cancellationToken)).WithMetadata(Roles.Write);

        app.MapPost(OfClient, (HttpRequest http, string resource, string client, ApiCaller caller, ClientSecrets secrets, CancellationToken cancellationToken) =>
            AddAsync(http, new SecretHolder.OfResource(resource, client), caller, secrets, cancellationToken)).WithMetadata(Roles.Write, TakesIdempotencyKey.Create);
        app.MapMethods(OfClient + "/{secret}", Update, (HttpRequest http, string resource, string client, string secret, ApiCaller caller, ClientSecrets secrets, CancellationToken cancellationToken) =>
            ChangeAsync(http, new SecretHolder.OfResource(resource, client), secret, caller, secrets, cancellationToken)).WithMetadata(Roles.Write);
        app.MapDelete(OfClient + "/{secret}", (string resource, string client, string secret, ApiCaller caller, ClientSecrets secrets, CancellationToken cancellationToken) =>
            DeleteAsync(new SecretHolder.OfResource(resource, client), secret, caller, secrets, cancellationToken)).WithMetadata(Roles.Write);

        app.MapPost(OfOrganization, (HttpRequest http, string organization, string client, ApiCaller caller, ClientSecrets secrets, CancellationToken cancellationToken) =>
            AddAsync(http, Of(http, organization, client), caller, secrets, cancellationToken)).WithMetadata(Roles.Write, TakesIdempotencyKey.Create);
        app.MapMethods(OfOrganization + "/{secret}", Update, (HttpRequest http, string organization, string client, string secret, ApiCaller caller, ClientSecrets secrets, CancellationToken cancellationToken) =>
            ChangeAsync(http, Of(http, organization, client), secret, caller, secrets, cancellationToken)).WithMetadata(Roles.Write);
        app.MapDelete(OfOrganization + "/{secret}", (HttpRequest http, string organization, string client, string secret, ApiCaller caller, ClientSecrets secrets, CancellationToken cancellationToken) =>
            DeleteAsync(Of(http, organization, client), secret, caller, secrets, cancellationToken)).WithMetadata(Roles.Write);
    }

    private static SecretHolder.OfOrganization Of(HttpRequest http, string organization, string client) => new(SegmentAsSent.Organization(http, organization), client);

    private static async Task<IResult> AddAsync(HttpRequest http, SecretHolder holder, ApiCaller caller, ClientSecrets secrets, CancellationToken cancellationToken) =>
        Answers.Of(await secrets.AddAsync(caller.Actor, holder, await JsonBody.ReadIfAnyAsync(http, cancellationToken), cancellationToken), made =>
            Answers.Created(new SecretAnswer(SecretBody.Of(made.Secret, made.Uses), made.Plain?.Value), ManagementJson.Default.SecretAnswer));

    private static async Task<IResult> ChangeAsync(HttpRequest http, SecretHolder holder, string secret, ApiCaller caller, ClientSecrets secrets, CancellationToken cancellationToken) =>
        Answers.Of(await secrets.ChangeAsync(caller, holder, secret, await JsonBody.ReadAsync(http, cancellationToken), cancellationToken), changed =>
            Answers.Ok(new SecretAnswer(SecretBody.Of(changed.Secret, changed.Uses), PlainSecret: null), ManagementJson.Default.SecretAnswer));

    private static async Task<IResult> DeleteAsync(SecretHolder holder, string secret, ApiCaller caller, ClientSecrets secrets, CancellationToken cancellationToken) =>
        await secrets.DeleteAsync(caller, holder, secret, cancellationToken) ?? Answers.Nothing;
}
