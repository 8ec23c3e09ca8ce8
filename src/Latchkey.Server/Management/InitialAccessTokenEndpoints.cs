using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;
using Latchkey.Server.OpenApi;
using Latchkey.Server.OpenApi.Operations;
using Latchkey.Server.Register;

namespace Latchkey.Server.Management;

/// <summary>Initial access tokens over REST (RFC 7591 §1.2): what an operator hands to those who may register clients at a resource.</summary>
internal static class InitialAccessTokenEndpoints
{
    private const int MaxListed = 1_000;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/resources/{resource}/initial-access-tokens", CreateAsync).RequireAuthorization(ManagementPolicies.Write).WithMetadata(TakesIdempotencyKey.Create).Described(InitialAccessTokenOperations.Create);
        app.MapGet("/api/v1/resources/{resource}/initial-access-tokens", ListAsync).RequireAuthorization(ManagementPolicies.Read).Described(InitialAccessTokenOperations.List);
        app.MapDelete("/api/v1/resources/{resource}/initial-access-tokens/{token}", DeleteAsync).RequireAuthorization(ManagementPolicies.Write).Described(InitialAccessTokenOperations.Delete);
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest http, string resource, ApiCaller caller, InitialAccessTokenStore store, ConfigurationCache configuration, TimeProvider clock, ILogger<ConfigurationStore> logger, CancellationToken cancellationToken)
    {
        if (ResourceEndpoints.Find(resource, configuration.Current) is not { } home)
        {
            return Problem.NotFound("resource", resource);
        }

        var body = await JsonBody.ReadAsync(http, cancellationToken);
        var name = body.Name("name", InitialAccessToken.MaxNameLength, required: true) ?? "";

        // Protobuf's JSON writes an unset number as 0: it means the default.
        var lifetime = body.Number("expires_in", 0, (long)InitialAccessToken.MaxLifetime.TotalSeconds) is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : InitialAccessToken.DefaultLifetime;
        var maxUses = body.Number("max_uses", 0, InitialAccessToken.MostUses) is { } uses and > 0 ? uses : 1;
        if (body.WhatIsWrong() is { } problem)
        {
            return problem;
        }

        var now = clock.GetUtcNow();
        var secret = Secret.New(Secret.InitialAccessTokenPrefix);
        var token = new InitialAccessToken(InitialAccessTokenId.New(), home.Id, name, now, now + lifetime, maxUses, Uses: 0);
        await store.AddAsync(token, secret.Hash(), caller.Actor, cancellationToken);
        ChangeLog.Changed(logger, caller.Actor, "created initial access token", token.Id.Value);
        return Answers.Created(new InitialAccessTokenAnswer(InitialAccessTokenBody.Of(token), secret.Value), ManagementJson.Default.InitialAccessTokenAnswer);
    }

    private static async Task<IResult> ListAsync(HttpRequest http, string resource, InitialAccessTokenStore store, ConfigurationCache configuration, CancellationToken cancellationToken)
    {
        if (ResourceEndpoints.Find(resource, configuration.Current) is not { } home)
        {
            return Problem.NotFound("resource", resource);
        }

        var tokens = await store.OfResourceAsync(home.Id, MaxListed, cancellationToken);
        return Page.Read(http, tokens, t => t.Id.Value, out var page) is { } problem ? problem : Answers.Ok(
            new InitialAccessTokenListAnswer(tokens.Count, page.NextToken, [.. page.Items.Select(InitialAccessTokenBody.Of)]), ManagementJson.Default.InitialAccessTokenListAnswer);
    }

    private static async Task<IResult> DeleteAsync(
        string resource, string token, ApiCaller caller, InitialAccessTokenStore store, ConfigurationCache configuration, ILogger<ConfigurationStore> logger, CancellationToken cancellationToken)
    {
        if (ResourceEndpoints.Find(resource, configuration.Current) is not { } home)
        {
            return Problem.NotFound("resource", resource);
        }

        if (InitialAccessTokenId.Parse(token) is not { } id || !await store.DeleteAsync(home.Id, id, caller.Actor, cancellationToken))
        {
            return Problem.NotFound("initial access token", token);
        }

        ChangeLog.Changed(logger, caller.Actor, "deleted initial access token", id.Value);
        return Answers.Nothing;
    }
}

/// <param name="PlainToken">Shown this once.</param>
internal sealed record InitialAccessTokenAnswer(InitialAccessTokenBody InitialAccessToken, string? PlainToken);

internal sealed record InitialAccessTokenListAnswer(int TotalSize, string NextPageToken, IReadOnlyList<InitialAccessTokenBody> InitialAccessTokens);

internal sealed record InitialAccessTokenBody(string Id, string ResourceId, string Name, long MaxUses, long Uses, DateTimeOffset CreateTime, DateTimeOffset ExpireTime)
{
    public static InitialAccessTokenBody Of(InitialAccessToken token) => new(
        token.Id.Value, token.ResourceId.Value, token.Name, token.MaxUses, token.Uses, token.CreatedAt, token.ExpiresAt);
}
