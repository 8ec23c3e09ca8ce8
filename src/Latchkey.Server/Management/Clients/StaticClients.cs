using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;
using Latchkey.Server.Grants;

namespace Latchkey.Server.Management.Clients;

/// <summary>A client as responses show it.</summary>
/// <param name="PlainSecret">The secret of a new client, which is shown only once.</param>
/// <param name="Consented">The consents at its resource, newest first. Null when they were not read.</param>
internal sealed record ShownClient(
    Client Client, IReadOnlyDictionary<string, DateTimeOffset> SecretUses, Secret? PlainSecret = null,
    IReadOnlyList<RecordedConsent>? Consented = null)
{
    public ClientBody Body => new(Client, new([], SecretUses));
}

/// <summary>
/// OAuth clients: those that an operator creates for one resource, and the blocking of all others (registered, or described by a document).
/// A blocked client is unknown to every endpoint on every node within a second; unblocking restores it. Called by REST and gRPC.
/// </summary>
internal sealed class StaticClients(
    ClientStore store, ClientDirectory directory, SecretUses uses, ConsentList consents, ConfigurationCache configuration,
    TimeProvider clock, ILogger<ConfigurationStore> logger)
{
    public const int MaxListed = 1_000;
    private const int MaxConsented = 30;

    public async Task<Outcome<ShownClient>> CreateAsync(Actor actor, string resource, JsonBody body, CancellationToken cancellationToken)
    {
        if (configuration.Current.FindResource(resource) is not { } home)
        {
            return Problem.NotFound("resource", resource);
        }

        var (client, secret) = StaticClientReader.New(body, home, clock.GetUtcNow());
        return body.Validate() is { } problem ? problem : await InsertAsync(actor, client, secret, "client", cancellationToken);
    }

    /// <summary>All clients of a resource.</summary>
    public async Task<Outcome<IReadOnlyList<ShownClient>>> OfResourceAsync(string resource, CancellationToken cancellationToken) =>
        configuration.Current.FindResource(resource) is { } home
            ? new Outcome<IReadOnlyList<ShownClient>>.Done(
                await ShowAsync(await store.OfResourceAsync(home.Id, MaxListed, cancellationToken), cancellationToken))
            : Problem.NotFound("resource", resource);

    /// <summary>The clients of all resources and those without a resource.</summary>
    public async Task<(int Total, Page<ShownClient> Page)> ListAsync(
        ResourceId? resource, string? organization, RowPage page, CancellationToken cancellationToken)
    {
        var (total, rows) = await directory.ListAsync(resource, organization, page.After, page.Limit, cancellationToken);
        var shown = page.Of(rows, c => new(c.CreatedAt, c.Id.Value));
        return (total, new(await ShowAsync(shown.Items, cancellationToken), shown.NextToken));
    }

    /// <param name="resource">The resource of the client, whose consents are read. Null for any client.</param>
    public async Task<Outcome<ShownClient>> FindAsync(string? resource, string client, CancellationToken cancellationToken)
    {
        if ((await LookUpAsync(resource, client, cancellationToken)).ProblemOr(out var found) is { } unknown)
        {
            return unknown;
        }

        var shown = (await ShowAsync([found], cancellationToken))[0];
        if (resource is not null)
        {
            var (_, newest) = await consents.ListAsync(
                new(found.ResourceId, found.Id, Connection: null, Subject: null, Search: null), after: null, MaxConsented,
                cancellationToken);
            shown = shown with { Consented = newest };
        }

        return shown;
    }

    public async Task<Outcome<ShownClient>> ChangeAsync(
        Actor actor, string? resource, string client, JsonBody body, IfMatch expected, CancellationToken cancellationToken)
    {
        if ((await LookUpAsync(resource, client, cancellationToken)).ProblemOr(out var found) is { } unknown)
        {
            return unknown;
        }

        var home = found.ResourceId is { } id ? configuration.Current.Find(id) : null;
        var changed = found.Origin == ClientOrigin.Operator && home is not null
            ? StaticClientReader.Change(found, body, home, clock.GetUtcNow())
            : StaticClientReader.Block(found, body, clock.GetUtcNow());
        return (body.Validate() ?? expected.Validate(found.Revision)) is { } problem
            ? problem
            : await UpdateAsync(actor, found, changed, "client", cancellationToken);
    }

    public async Task<Problem?> DeleteAsync(
        Actor actor, string resource, string client, IfMatch expected, CancellationToken cancellationToken) =>
        (await LookUpAsync(resource, client, cancellationToken)).ProblemOr(out var found)
        ?? await DeleteAsync(actor, found, expected, "client", cancellationToken);

    /// <param name="kind">The kind of the client in the log.</param>
    public async Task<ShownClient> InsertAsync(
        Actor actor, Client client, Secret? secret, string kind, CancellationToken cancellationToken)
    {
        var stored = await directory.InsertAsync(client, actor, cancellationToken);
        ChangeLog.Changed(logger, actor, $"created {kind}", client.Id.Value);
        return new(stored, SecretUses.None, secret);
    }

    public async Task<Problem?> DeleteAsync(
        Actor actor, Client found, IfMatch expected, string kind, CancellationToken cancellationToken)
    {
        if (await expected.DeleteAsync(found.Revision, Problem.NotFound("client", found.Id.Value), revision =>
            directory.DeleteAsync(found, revision, actor, clock.GetUtcNow(), cancellationToken)) is { } problem)
        {
            return problem;
        }

        await configuration.ReloadAsync(cancellationToken);
        ChangeLog.Changed(logger, actor, $"deleted {kind}", found.Id.Value);
        return null;
    }

    public async Task<Outcome<ShownClient>> UpdateAsync(
        Actor actor, Client found, Client changed, string kind, CancellationToken cancellationToken)
    {
        if (await directory.UpdateAsync(found, changed, actor, cancellationToken) is not ConfigurationChange.Done)
        {
            return Problem.Overtaken;
        }

        await configuration.ReloadAsync(cancellationToken);
        ChangeLog.Changed(
            logger,
            actor,
            $"{(found.IsEnabled == changed.IsEnabled ? "changed" : changed.IsEnabled ? "unblocked" : "blocked")} {kind}",
            changed.Id.Value);
        return (await ShowAsync([changed with { Revision = found.Revision + 1 }], cancellationToken))[0];
    }

    public async Task<Outcome<Client>> LookUpAsync(string? resource, string client, CancellationToken cancellationToken)
    {
        var home = resource is null ? null : configuration.Current.FindResource(resource);
        return resource is not null && home is null ? Problem.NotFound("resource", resource)
            : ClientId.Parse(client) is { } id && await store.FindAsync(id, cancellationToken) is { } found
                && (home is null || found.ResourceId == home.Id)
                    ? found
                    : Problem.NotFound("client", client);
    }

    public async Task<IReadOnlyList<ShownClient>> ShowAsync(IReadOnlyList<Client> clients, CancellationToken cancellationToken)
    {
        var used = await uses.OfAsync(clients.SelectMany(c => c.Secrets), cancellationToken);
        return [.. clients.Select(c => new ShownClient(c, used))];
    }
}
