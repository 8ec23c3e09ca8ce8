using Latchkey.Server.Clients;
using Latchkey.Server.Fields;
using Latchkey.Server.Management.Clients;
using Latchkey.Server.Resources;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>The clients that a file lists for one resource. An entry is identified by its name,
/// or by the client id where several have the same name.</summary>
/// <param name="hasItsScopes">False when the scopes of the resource have errors. The scopes of clients are not checked then.</param>
internal sealed class ClientListReader(Resource resource, IReadOnlyList<Client> present, FileSecrets secrets, bool hasItsScopes)
{
    private readonly Dictionary<string, int> names = new(StringComparer.Ordinal);
    private readonly HashSet<ClientId> listed = [];

    /// <summary>Stored clients without an entry.</summary>
    public IReadOnlyList<Client> Unlisted => [.. present.Where(c => !listed.Contains(c.Id))];

    /// <returns>Null when there are errors, which are recorded.</returns>
    public Client? Read(FileEntry entry, DateTimeOffset now)
    {
        if (!entry.IsOne())
        {
            return null;
        }

        var name = entry.Peek("name");
        var (hasId, id) = (entry.Has("client_id"), entry.Peek("client_id"));
        _ = entry.Take("client_id");
        var named = present.Where(c => hasId ? c.Id.Value == id : c.Name == name).ToList();
        if (hasId && named.Count == 0)
        {
            entry.Wrong("client_id", "is no client of this resource; leave it out to have one made");
            return null;
        }

        if (!hasId && name is not null && !names.TryAdd(name, entry.Line))
        {
            entry.Wrong("name", $"occurs twice; the first is in line {names[name]}");
            return null;
        }

        if (named.Count > 1)
        {
            entry.Wrong(
                "name",
                $"is that of {named.Count} clients of this resource; "
                + $"add the client_id of the one you mean ({string.Join(", ", named.Select(c => c.Id))})");
            listed.UnionWith(named.Select(c => c.Id));
            return null;
        }

        if (named.FirstOrDefault() is { } before && !listed.Add(before.Id))
        {
            entry.Wrong(hasId ? "client_id" : "name", "is a client that an earlier entry already names");
            return null;
        }

        return Read(entry, named.FirstOrDefault(), now);
    }

    private Client? Read(FileEntry entry, Client? before, DateTimeOffset now)
    {
        if (!hasItsScopes)
        {
            _ = entry.Take("scopes");
        }

        var held = secrets.Read(entry, before?.Secrets ?? []);
        var body = entry.Body(before is null ? null : FileForm.Of(before));
        var after = before is null
            ? StaticClientReader.New(body, resource, now).Client
            : StaticClientReader.Change(before, body, resource, now, FieldUse.File);
        after = after with { Secrets = held };
        var isRight = entry.IsRight(body);
        if (!entry.HasWrong("secrets") && !entry.HasWrong("token_endpoint_auth_method") && Validate(after) is { } what)
        {
            entry.Wrong("secrets", what);
        }

        return isRight ? after : null;
    }

    /// <summary>Returns the error in a client's secrets, or null.</summary>
    private static string? Validate(Client client) =>
        client.Class == ClientClass.Secret && client.Secrets.Count == 0
            ? "must name at least one, such as {env: NAME}; or say token_endpoint_auth_method none, for a program that can keep no secret"
        : client.Class != ClientClass.Secret && client.Secrets.Count > 0
            ? "is only for a client that authenticates with a secret; this one has token_endpoint_auth_method none"
        : null;
}
