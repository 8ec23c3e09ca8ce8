using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Management.Connections;

/// <summary>Gives a resource its connection, or changes the one it has. The second call with the same values changes nothing.</summary>
internal sealed class ConnectionSetup(ConfigurationStore store, ConfigurationCache configuration, TimeProvider clock, ILogger<ConfigurationStore> logger)
{
    public async Task<Outcome<Connection>> EnsureAsync(Actor by, string resource, JsonBody body, IfMatch expected, CancellationToken cancellationToken)
    {
        if (configuration.Current.FindResource(resource) is not { } found)
        {
            return Problem.NotFound("resource", resource);
        }

        var (loginUrl, verification, isEnabled) = ConnectionReader.Read(body);
        var existing = found.ConnectionId is { } id ? configuration.Current.Find(id) : null;
        return (body.WhatIsWrong() ?? expected.WhyNot(existing?.Revision)) is { } problem
            ? problem
            : Logged(by, await EnsureAsync(found, loginUrl, verification, isEnabled, by, cancellationToken));
    }

    public async Task<Outcome<Connection>> ChangeAsync(Actor by, string connection, JsonBody body, IfMatch expected, CancellationToken cancellationToken)
    {
        if (configuration.Current.FindConnection(connection) is not { } found)
        {
            return Problem.NotFound("connection", connection);
        }

        var (loginUrl, verification, isEnabled) = ConnectionReader.Read(body);
        return (body.WhatIsWrong() ?? expected.WhyNot(found.Revision)) is { } problem
            ? problem
            : Logged(by, await ChangeAsync(found, loginUrl, verification, isEnabled, by, cancellationToken));
    }

    public async Task<Outcome<Connection>> EnsureAsync(
        Resource resource, string? loginUrl, CallbackVerification? verification, bool? isEnabled, Actor by, CancellationToken cancellationToken)
    {
        if (resource.ConnectionId is { } id && configuration.Current.Find(id) is { } existing)
        {
            return await ChangeAsync(existing, loginUrl, verification, isEnabled, by, cancellationToken);
        }

        if (loginUrl is null)
        {
            return Problem.Invalid("login_url", "is required");
        }

        var now = clock.GetUtcNow();
        var created = Connection.New(loginUrl, verification, isEnabled, now);
        await store.InsertAsync(created, by, cancellationToken);
        var change = await store.UpdateAsync(resource, resource with { ConnectionId = created.Id, UpdatedAt = now }, by, cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        return change is ConfigurationChange.Done ? new Outcome<Connection>.Done(created with { Revision = 1 }) : Problem.Overtaken;
    }

    public async Task<Outcome<Connection>> ChangeAsync(
        Connection existing, string? loginUrl, CallbackVerification? verification, bool? isEnabled, Actor by, CancellationToken cancellationToken)
    {
        var changed = existing.Change(loginUrl, verification, isEnabled);
        if (changed == existing)
        {
            return new Outcome<Connection>.Done(existing);
        }

        changed = changed with { UpdatedAt = clock.GetUtcNow() };
        var change = await store.UpdateAsync(existing, changed, by, cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        return change is ConfigurationChange.Done ? new Outcome<Connection>.Done(changed with { Revision = existing.Revision + 1 }) : Problem.Overtaken;
    }

    private Outcome<Connection> Logged(Actor by, Outcome<Connection> outcome)
    {
        if (outcome.WhyNot(out var connection) is null)
        {
            var verification = connection.Verification == CallbackVerification.Required ? "required" : "state_only";
            ChangeLog.Changed(logger, by, $"set callback_verification={verification} on connection", connection.Id.Value);
        }

        return outcome;
    }
}
