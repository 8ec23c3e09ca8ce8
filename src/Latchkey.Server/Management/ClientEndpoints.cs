using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Management;

/// <summary>OAuth clients that an operator makes for one resource, over REST.</summary>
internal static class ClientEndpoints
{
    private const int MaxListed = 1_000;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/resources/{resource}/clients", CreateAsync).WithMetadata(Roles.Write);
        app.MapGet("/api/v1/resources/{resource}/clients", ListAsync).WithMetadata(Roles.Read);
        app.MapGet("/api/v1/resources/{resource}/clients/{client}", GetAsync).WithMetadata(Roles.Read);
        app.MapDelete("/api/v1/resources/{resource}/clients/{client}", DeleteAsync).WithMetadata(Roles.Write);
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest http, string resource, ApiCaller caller, ClientStore store, ConfigurationCache configuration, TimeProvider clock, ILogger<ConfigurationStore> logger, CancellationToken cancellationToken)
    {
        if (ResourceEndpoints.Find(resource, configuration.Current) is not { } found)
        {
            return Problem.NotFound("resource", resource);
        }

        var body = await JsonBody.ReadAsync(http, cancellationToken);
        var (client, secret) = Read(body, found, clock.GetUtcNow());
        if (body.WhatIsWrong() is { } problem)
        {
            return problem;
        }

        await store.InsertAsync(client, fingerprint: null, cancellationToken);
        ResourceEndpoints.Changed(logger, caller.Actor, "created client", client.Id.Value);
        return Answers.Created(new ClientAnswer(ClientBody.Of(client), secret?.Value), ManagementJson.Default.ClientAnswer);
    }

    private static async Task<IResult> ListAsync(string resource, ClientStore store, ConfigurationCache configuration, CancellationToken cancellationToken)
    {
        if (ResourceEndpoints.Find(resource, configuration.Current) is not { } found)
        {
            return Problem.NotFound("resource", resource);
        }

        var clients = await store.OfResourceAsync(found.Id, MaxListed, cancellationToken);
        var registered = clients.Count(c => c.Origin == ClientOrigin.Registered);
        return Answers.Ok(new ClientListAnswer([.. clients.Select(ClientBody.Of)], registered, clients.Count - registered), ManagementJson.Default.ClientListAnswer);
    }

    private static async Task<IResult> GetAsync(string resource, string client, ClientStore store, ConfigurationCache configuration, CancellationToken cancellationToken) =>
        ResourceEndpoints.Find(resource, configuration.Current) is not { } home ? Problem.NotFound("resource", resource)
        : ClientId.Parse(client) is { } id && await store.FindAsync(id, cancellationToken) is { } found && found.ResourceId == home.Id
            ? Answers.Ok(new ClientAnswer(ClientBody.Of(found), PlainSecret: null), ManagementJson.Default.ClientAnswer)
            : Problem.NotFound("client", client);

    private static async Task<IResult> DeleteAsync(
        string resource, string client, ApiCaller caller, ClientStore store, ConfigurationCache configuration, TimeProvider clock, ILogger<ConfigurationStore> logger, CancellationToken cancellationToken)
    {
        if (ResourceEndpoints.Find(resource, configuration.Current) is not { } home)
        {
            return Problem.NotFound("resource", resource);
        }

        if (ClientId.Parse(client) is not { } id || !await store.DeleteAsync(home.Id, id, clock.GetUtcNow(), cancellationToken))
        {
            return Problem.NotFound("client", client);
        }

        await configuration.ReloadAsync(cancellationToken);
        ResourceEndpoints.Changed(logger, caller.Actor, "deleted client", id.Value);
        return Answers.Nothing;
    }

    private static (Client Client, Secret? Secret) Read(JsonBody body, Resource resource, DateTimeOffset now)
    {
        var redirectUris = body.Texts("redirect_uris", Client.MaxRedirectUris, RedirectUri.MaxLength) ?? [];
        foreach (var uri in redirectUris)
        {
            if (RedirectUri.WhyNotRegistrable(uri) is { } what)
            {
                body.Wrong("redirect_uris", $"holds '{OAuthError.Printable(uri)}': {what}");
            }
        }

        var scopes = Scope.Of(body.Texts("scopes", Resource.MaxScopes, Scope.MaxTokenLength) ?? []);
        if (scopes.FirstOrDefault(s => !resource.GrantableScope.Contains(s) && !Scope.IsProtocol(s)) is { } unknown)
        {
            body.Wrong("scopes", $"holds {OAuthError.Printable(unknown)}, which is no scope of this resource");
        }

        var method = body.Text("token_endpoint_auth_method", 64) ?? "client_secret_post";
        if (method is not ("none" or "client_secret_post" or "client_secret_basic"))
        {
            body.Wrong("token_endpoint_auth_method", "must be none, client_secret_post or client_secret_basic");
        }

        var isPublic = method == "none";
        if (isPublic && redirectUris.Count == 0)
        {
            body.Wrong("token_endpoint_auth_method", "none needs redirect_uris: a client without them acts for itself and must have a secret");
        }

        string[] grantTypes = redirectUris.Count == 0 ? [Client.ClientCredentials]
            : isPublic ? [Client.AuthorizationCode, Client.RefreshToken]
            : [Client.AuthorizationCode, Client.RefreshToken, Client.ClientCredentials];
        var secret = isPublic ? (Secret?)null : Secret.New(Secret.ClientSecretPrefix);
        var client = new Client(
            ClientId.New(), body.Name("name", Resource.MaxNameLength, required: true) ?? "", body.Text("description", Resource.MaxTextLength),
            ClientOrigin.Operator, resource.Id, redirectUris, isPublic ? ClientClass.Public : ClientClass.Secret, method, grantTypes,
            scopes.Count > 0 ? scopes.ToString() : null, ClientUri: null, LogoUri: null,
            secret is { } plain ? [ClientSecret.Of(plain, now)] : [], IsEnabled: true, now, now)
        {
            RequiresPush = body.YesNo("require_pushed_authorization_requests") ?? false,
        };
        return (client, secret);
    }
}
