using Latchkey.Server.Configuration;
using Latchkey.Server.Registration;

namespace Latchkey.Server.Management.InitialAccessTokens;

/// <summary>Initial access tokens (RFC 7591 §1.2), which allow clients to register at a resource.</summary>
internal sealed class InitialAccessTokenAdministration(
    InitialAccessTokenStore store, ConfigurationCache configuration, TimeProvider clock, ILogger<ConfigurationStore> logger)
{
    private const int MaxListed = 1_000;

    public async Task<Outcome<(InitialAccessToken Token, Secret Plain)>> CreateAsync(
        Actor actor, string resource, JsonBody body, CancellationToken cancellationToken)
    {
        if (configuration.Current.FindResource(resource) is not { } home)
        {
            return Problem.NotFound("resource", resource);
        }

        var name = body.Name("name", InitialAccessToken.MaxNameLength, required: true) ?? "";

        // Protobuf's JSON writes an unset number as 0: it means the default.
        var lifetime = body.Number("expires_in", 0, (long)InitialAccessToken.MaxLifetime.TotalSeconds) is { } seconds and > 0
            ? TimeSpan.FromSeconds(seconds)
            : InitialAccessToken.DefaultLifetime;
        var maxUses = body.Number("max_uses", 0, InitialAccessToken.MostUses) is { } uses and > 0 ? uses : 1;
        if (body.Validate() is { } problem)
        {
            return problem;
        }

        var now = clock.GetUtcNow();
        var secret = Secret.New(Secret.InitialAccessTokenPrefix);
        var token = new InitialAccessToken(InitialAccessTokenId.New(), home.Id, name, now, now + lifetime, maxUses, Uses: 0);
        await store.AddAsync(token, secret.Hash(), actor, cancellationToken);
        ChangeLog.Changed(logger, actor, "created initial access token", token.Id.Value);
        return (token, secret);
    }

    public async Task<Outcome<IReadOnlyList<InitialAccessToken>>> OfResourceAsync(string resource, CancellationToken cancellationToken) =>
        configuration.Current.FindResource(resource) is { } home
            ? new Outcome<IReadOnlyList<InitialAccessToken>>.Done(await store.OfResourceAsync(home.Id, MaxListed, cancellationToken))
            : Problem.NotFound("resource", resource);

    public async Task<Problem?> DeleteAsync(Actor actor, string resource, string token, CancellationToken cancellationToken)
    {
        if (configuration.Current.FindResource(resource) is not { } home)
        {
            return Problem.NotFound("resource", resource);
        }

        if (InitialAccessTokenId.Parse(token) is not { } id || !await store.DeleteAsync(home.Id, id, actor, cancellationToken))
        {
            return Problem.NotFound("initial access token", token);
        }

        ChangeLog.Changed(logger, actor, "deleted initial access token", id.Value);
        return null;
    }
}
