using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;

namespace Latchkey.Server.Management.ApiClients;

/// <summary>An API client as responses show it.</summary>
/// <param name="PlainSecret">The secret of a new client, which is shown only once.</param>
/// <param name="SeenFrom">The addresses from which it was used. Null when they were not read.</param>
internal sealed record ShownApiClient(
    ApiClient Client, IReadOnlyDictionary<string, DateTimeOffset> SecretUses, Secret? PlainSecret = null,
    IReadOnlyList<SeenAddress>? SeenFrom = null)
{
    public ApiClientBody Body => new(Client, new(SecretUses, SeenFrom));
}

/// <summary>
/// Creates, changes and deletes API clients, the machine credentials of the company's backend. A change applies at once, also to tokens
/// already issued, because a token contains only the id of its client. Called by REST and gRPC.
/// </summary>
internal sealed class ApiClientAdministration(
    ConfigurationStore store, ConfigurationCache configuration, SecretUses uses, ApiClientAddresses addresses, TimeProvider clock,
    ILogger<ConfigurationStore> logger)
{
    /// <summary>Without this, the last API client could remove its own access and could not restore it.</summary>
    public static readonly Problem OwnCredential = new(
        409, "own_credential", "An API client cannot remove its own access. Use another API client of role management.");

    public async Task<Outcome<ShownApiClient>> CreateAsync(Actor actor, JsonBody body, CancellationToken cancellationToken)
    {
        var (client, secret) = ApiClientReader.New(body, configuration.Current, clock.GetUtcNow());
        if (body.Validate() is { } problem)
        {
            return problem;
        }

        await store.InsertAsync(client, actor, cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        ChangeLog.Changed(logger, actor, $"created API client of role {client.Role.Name()}", client.Id.Value);
        return await ShowAsync(client with { Revision = 1 }, cancellationToken) with { PlainSecret = secret };
    }

    public async Task<IReadOnlyList<ShownApiClient>> ShowAsync(IReadOnlyList<ApiClient> clients, CancellationToken cancellationToken)
    {
        var used = await uses.OfAsync(clients.SelectMany(c => c.Secrets), cancellationToken);
        return [.. clients.Select(c => new ShownApiClient(c, used))];
    }

    public async Task<Outcome<ShownApiClient>> FindAsync(string client, CancellationToken cancellationToken) => Find(client) is { } found
        ? await ShowAsync(found, cancellationToken) with { SeenFrom = await addresses.OfAsync(found.Id, cancellationToken) }
        : Problem.NotFound("API client", client);

    public Task<Outcome<ShownApiClient>> ChangeAsync(
        ApiCaller caller, string client, JsonBody body, IfMatch expected, CancellationToken cancellationToken) =>
        ChangeAsync(caller.Actor, caller, client, body, expected, cancellationToken);

    public Task<Outcome<ShownApiClient>> ChangeAsync(
        Actor.Operator actor, string client, JsonBody body, IfMatch expected, CancellationToken cancellationToken) =>
        ChangeAsync(actor, own: null, client, body, expected, cancellationToken);

    public Task<Problem?> DeleteAsync(ApiCaller caller, string client, IfMatch expected, CancellationToken cancellationToken) =>
        DeleteAsync(caller.Actor, caller, client, expected, cancellationToken);

    public Task<Problem?> DeleteAsync(Actor.Operator actor, string client, IfMatch expected, CancellationToken cancellationToken) =>
        DeleteAsync(actor, own: null, client, expected, cancellationToken);

    /// <param name="own">The API client that makes the change. Null for an operator.</param>
    private async Task<Outcome<ShownApiClient>> ChangeAsync(
        Actor actor, ApiCaller? own, string client, JsonBody body, IfMatch expected, CancellationToken cancellationToken)
    {
        if (Find(client) is not { } found)
        {
            return Problem.NotFound("API client", client);
        }

        var changed = ApiClientReader.Change(found, body, configuration.Current, clock.GetUtcNow());
        if ((body.Validate() ?? expected.Validate(found.Revision)) is { } problem)
        {
            return problem;
        }

        if (found.Id == own?.Client.Id
            && (changed is not { IsEnabled: true, Role: ApiRole.Management } || !changed.AllowsAddress(own.Address)))
        {
            return OwnCredential;
        }

        if (await store.UpdateAsync(found, changed, actor, cancellationToken) is not ConfigurationChange.Done)
        {
            return Problem.Overtaken;
        }

        await configuration.ReloadAsync(cancellationToken);
        ChangeLog.Changed(
            logger, actor, $"changed API client (role {changed.Role.Name()}, {(changed.IsEnabled ? "enabled" : "disabled")})",
            changed.Id.Value);
        return await ShowAsync(changed with { Revision = found.Revision + 1 }, cancellationToken);
    }

    private async Task<Problem?> DeleteAsync(
        Actor actor, ApiCaller? own, string client, IfMatch expected, CancellationToken cancellationToken)
    {
        if (Find(client) is not { } found)
        {
            return Problem.NotFound("API client", client);
        }

        if (found.Id == own?.Client.Id)
        {
            return OwnCredential;
        }

        if (await expected.DeleteAsync(found.Revision, Problem.NotFound("API client", client), revision =>
            store.DeleteAsync(found, revision, actor, cancellationToken)) is { } problem)
        {
            return problem;
        }

        await addresses.ForgetAsync(found.Id, cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        ChangeLog.Changed(logger, actor, "deleted API client", found.Id.Value);
        return null;
    }

    private async Task<ShownApiClient> ShowAsync(ApiClient client, CancellationToken cancellationToken) =>
        new(client, await uses.OfAsync(client.Secrets, cancellationToken));

    private ApiClient? Find(string text) => configuration.Current.FindApiClient(text);
}
