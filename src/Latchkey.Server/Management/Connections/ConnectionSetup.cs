using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Management.Connections;

/// <summary>
/// Creates the connection of a resource, or changes it. A second creation with the same login URL is idempotent; one with another login URL
/// is refused, because a client that repeats an old script would otherwise redirect the users of a running connection.
/// </summary>
internal sealed class ConnectionSetup(
    ConfigurationStore store, ConfigurationCache configuration, Settings settings, TimeProvider clock, ILogger<ConfigurationStore> logger)
{
    public static readonly Problem InUse = new(
        409, "connection_in_use",
        "A resource or an API client uses the connection, or users signed in through it. Disable it with enabled=false instead.");

    public ConnectionBody Show(Connection connection) => new(connection, new(settings.BaseUrl));

    public async Task<Outcome<Connection>> EnsureAsync(
        Actor by, string resource, JsonBody body, IfMatch expected, CancellationToken cancellationToken) =>
        configuration.Current.FindResource(resource) is { } found
            ? Logged(by, await EnsureAsync(by, found, body, expected, cancellationToken))
            : Problem.NotFound("resource", resource);

    public async Task<Outcome<Connection>> ChangeAsync(
        Actor by, string connection, JsonBody body, IfMatch expected, CancellationToken cancellationToken) =>
        configuration.Current.FindConnection(connection) is { } found
            ? Logged(by, await ChangeAsync(by, found, body, expected, mayMove: true, cancellationToken))
            : Problem.NotFound("connection", connection);

    /// <summary>
    /// Deletes a connection that no resource and no API client uses, and at which no user is known: the data of users would otherwise stay
    /// without a way to erase it.
    /// </summary>
    public async Task<Problem?> DeleteAsync(Actor by, string connection, IfMatch expected, CancellationToken cancellationToken)
    {
        if (configuration.Current.FindConnection(connection) is not { } found)
        {
            return Problem.NotFound("connection", connection);
        }

        if (expected.Validate(found.Revision) is { } problem)
        {
            return problem;
        }

        var change = await store.DeleteAsync(found, by, cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        if (change is not ConfigurationChange.Done)
        {
            return configuration.Current.Find(found.Id) is not { } present ? Problem.NotFound("connection", connection)
                : present.Revision == found.Revision ? InUse
                : Problem.Overtaken;
        }

        ChangeLog.Changed(logger, by, "deleted connection", found.Id.Value);
        return null;
    }

    public static Problem Exists(ConnectionId id) => new(
        409, "connection_exists",
        $"The resource has the connection {id} with another login_url. Change it with PATCH /api/v1/connections/{id}.");

    private async Task<Outcome<Connection>> EnsureAsync(
        Actor actor, Resource resource, JsonBody body, IfMatch expected, CancellationToken cancellationToken)
    {
        var existing = resource.ConnectionId is { } id ? configuration.Current.Find(id) : null;
        if (existing is not null)
        {
            return await ChangeAsync(actor, existing, body, expected, mayMove: false, cancellationToken);
        }

        var now = clock.GetUtcNow();
        var created = Read(body, ConnectionFields.New(now));
        if ((body.Validate() ?? expected.Validate(revision: null)) is { } problem)
        {
            return problem;
        }

        if (created.LoginUrl.Length == 0)
        {
            return Problem.Invalid("login_url", "is required");
        }

        var change = await store.UpdateAsync(
            resource, resource with { ConnectionId = created.Id, UpdatedAt = now }, connectionBefore: null, created, actor,
            cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        return change is ConfigurationChange.Done ? created with { Revision = 1 } : Problem.Overtaken;
    }

    /// <param name="mayMove">Whether the login URL may change.</param>
    private async Task<Outcome<Connection>> ChangeAsync(
        Actor actor, Connection existing, JsonBody body, IfMatch expected, bool mayMove, CancellationToken cancellationToken)
    {
        var changed = Read(body, existing);
        if ((body.Validate() ?? expected.Validate(existing.Revision)) is { } problem)
        {
            return problem;
        }

        if (!mayMove && changed.LoginUrl != existing.LoginUrl)
        {
            return Exists(existing.Id);
        }

        if (changed == existing)
        {
            return existing;
        }

        changed = changed with { UpdatedAt = clock.GetUtcNow() };
        var change = await store.UpdateAsync(existing, changed, actor, cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        return change is ConfigurationChange.Done
            ? changed with { Revision = existing.Revision + 1 }
            : Problem.Overtaken;
    }

    private Connection Read(JsonBody body, Connection connection) =>
        ConnectionFields.Table.Read(body, connection, FieldUse.Change, new(settings.BaseUrl));

    private Outcome<Connection> Logged(Actor by, Outcome<Connection> outcome)
    {
        if (outcome.ProblemOr(out var connection) is null)
        {
            var verification = connection.Verification == CallbackVerification.Required ? "required" : "state_only";
            ChangeLog.Changed(logger, by, $"set callback_verification={verification} on connection", connection.Id.Value);
        }

        return outcome;
    }
}
