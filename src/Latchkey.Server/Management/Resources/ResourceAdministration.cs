using System.Text.Json.Nodes;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Fields;
using Latchkey.Server.Keys;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Management.Resources;

/// <summary>
/// Creates, changes and deletes resources, for every surface:
/// 1. the table of fields reads the body and collects all errors; 2. the signing key of the resource's algorithm is created before its row;
/// 3. the row is written with its audit entry, and with the connection if the body changes it.
/// </summary>
internal sealed class ResourceAdministration(
    ConfigurationStore store, ConfigurationCache configuration, KeyRing keys, Settings settings, TimeProvider clock,
    ILogger<ConfigurationStore> logger)
{
    public static readonly Problem UriTaken = new(
        409, "resource_uri_taken", "Another resource has this resource_uri. One MCP server is one resource.");

    private ResourceContext Context => new(settings.BaseUrl, configuration.Current.Find);

    public ResourceBody Show(Resource resource) => new(resource, Context);

    /// <summary>The values of the fields for a form.</summary>
    public JsonObject Write(Resource resource, FieldUse use) => ResourceFields.Table.Write(resource, Context, use);

    public IResult Respond(Resource resource) => JsonResponses.Ok(new ResourceResponse(Show(resource)), resource.Revision);

    public Outcome<Resource> Find(string resource) =>
        ResourceId.Parse(resource) is { } id && configuration.Current.Find(id) is { } found
            ? found
            : Problem.NotFound("resource", resource);

    public async Task<Outcome<Resource>> CreateAsync(Actor actor, JsonBody body, CancellationToken cancellationToken)
    {
        var resource = ResourceFields.Table.Read(body, ResourceFields.New(clock.GetUtcNow()), FieldUse.Create, Context);
        if (body.Validate() is { } problem)
        {
            return problem;
        }

        var change = await WriteAsync(store, keys, before: null, resource, actor, cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        if (change is not ConfigurationChange.Done)
        {
            return UriTaken;
        }

        ChangeLog.Changed(logger, actor, "created resource", resource.Id.Value);
        return resource with { Revision = 1 };
    }

    public async Task<Outcome<Resource>> ChangeAsync(
        Actor actor, string resource, JsonBody body, IfMatch expected, CancellationToken cancellationToken)
    {
        if (Find(resource).ProblemOr(out var found) is { } unknown)
        {
            return unknown;
        }

        var now = clock.GetUtcNow();
        var changed = ResourceFields.Table.Read(body, found, FieldUse.Change, Context) with { UpdatedAt = now };
        var loginUrl = ResourceFields.LoginUrlOf(body);
        if ((body.Validate() ?? expected.Validate(found.Revision)) is { } problem)
        {
            return problem;
        }

        var change = loginUrl is null
            ? await WriteAsync(store, keys, found, changed, actor, cancellationToken)
            : await ChangeWithConnectionAsync(actor, found, changed, loginUrl, cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        if (change is not ConfigurationChange.Done)
        {
            return change is ConfigurationChange.Taken ? UriTaken : Problem.Overtaken;
        }

        ChangeLog.Changed(logger, actor, "changed resource", changed.Id.Value);
        return Find(resource);
    }

    public async Task<Problem?> DeleteAsync(Actor actor, string resource, IfMatch expected, CancellationToken cancellationToken)
    {
        if (Find(resource).ProblemOr(out var found) is { } unknown)
        {
            return unknown;
        }

        if (await expected.DeleteAsync(found.Revision, Problem.NotFound("resource", resource), revision =>
            store.DeleteAsync(found, revision, actor, cancellationToken)) is { } problem)
        {
            return problem;
        }

        await configuration.ReloadAsync(cancellationToken);
        ChangeLog.Changed(logger, actor, "deleted resource", found.Id.Value);
        return null;
    }

    /// <summary>Writes the signing key first and the row second, so that a node that reads the resource finds its key.</summary>
    public static async Task<ConfigurationChange> WriteAsync(
        ConfigurationStore store, KeyRing keys, Resource? before, Resource after, Actor actor, CancellationToken cancellationToken)
    {
        await keys.EnsureAsync(after.Algorithm, cancellationToken);
        return before is null
            ? await store.InsertAsync(after, actor, cancellationToken)
            : await store.UpdateAsync(before, after, actor, cancellationToken);
    }

    private async Task<ConfigurationChange> ChangeWithConnectionAsync(
        Actor actor, Resource found, Resource changed, string loginUrl, CancellationToken cancellationToken)
    {
        await keys.EnsureAsync(changed.Algorithm, cancellationToken);
        var existing = Context.ConnectionOf(changed);
        var connection = (existing ?? ConnectionFields.New(changed.UpdatedAt)) with { LoginUrl = loginUrl };
        return connection == existing
            ? await store.UpdateAsync(found, changed, actor, cancellationToken)
            : await store.UpdateAsync(
                found, changed with { ConnectionId = connection.Id }, existing, connection with { UpdatedAt = changed.UpdatedAt }, actor,
                cancellationToken);
    }
}
