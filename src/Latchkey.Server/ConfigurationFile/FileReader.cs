using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>The result of reading a file against the stored configuration.</summary>
internal abstract record FileReadResult
{
    private FileReadResult() { }

    /// <param name="References">The reference of each new secret.</param>
    /// <param name="Unlisted">The number of stored entities that the lists of the file do not contain.</param>
    /// <param name="Named">The resources of the file, in its order.</param>
    public sealed record Right(
        ConfigurationState Target, IReadOnlyDictionary<SecretId, string> References, int Unlisted, IReadOnlyList<Resource> Named)
        : FileReadResult;

    public sealed record Wrong(IReadOnlyList<string> Errors) : FileReadResult;
}

/// <summary>The circumstances in which a file is read.</summary>
/// <param name="Secrets">Looks up the secrets that the file refers to.</param>
/// <param name="Prunes">Whether entities that the lists of the file do not contain are deleted.</param>
internal sealed record FileSituation(Settings Settings, SecretLookup Secrets, bool Prunes, DateTimeOffset Now);

/// <summary>
/// Reads a file into the configuration that it describes, with the readers of the management API: 1. resources with their connections; 2.
/// resources that use the connection of another; 3. clients; 4. API clients; 5. webhook endpoints; 6. deletions. Absent members leave an
/// entity unchanged and give a new one its defaults. Writes nothing.
/// </summary>
internal sealed class FileReader(ConfigurationState present, FileSituation situation, FileErrors errors)
{
    private readonly FileSecrets secrets = new(situation.Secrets, errors, situation.Now);
    private readonly List<Resource> resources = [.. present.Configuration.Resources];
    private readonly List<Connection> connections = [.. present.Configuration.Connections];
    private readonly List<Client> clients = [.. present.Clients];
    private readonly List<ApiClient> apiClients = [.. present.Configuration.ApiClients];
    private readonly List<WebhookEndpoint> webhooks = [.. present.Configuration.Webhooks];

    /// <summary>Resources of the file, by canonical URI.</summary>
    private readonly Dictionary<string, FileEntry> resourceEntries = new(StringComparer.Ordinal);
    private readonly Dictionary<ConnectionId, string> connectionOwners = [];
    private readonly List<(FileEntry Entry, FileMember Member, Resource Resource)> borrowers = [];
    private readonly List<(IReadOnlyList<FileEntry> Entries, Resource Resource, bool HasItsScopes)> clientLists = [];
    private int unlisted;
    private int made;

    public static FileReadResult Read(FileNode.Mapping root, ConfigurationState present, FileSituation situation, FileErrors errors)
    {
        var reader = new FileReader(present, situation, errors);
        reader.ReadAll(new FileEntry(root, "", errors));
        return errors.Any
            ? new FileReadResult.Wrong(errors.All)
            : new FileReadResult.Right(
                new(reader.Snapshot(), reader.clients), reader.secrets.References, reader.unlisted, reader.Named());
    }

    private ConfigurationSnapshot Snapshot() =>
        new(present.Configuration.Version, [.. resources], [.. connections], [.. apiClients], [.. webhooks]);

    private List<Resource> Named() =>
        [.. resourceEntries.Keys.Select(uri => resources.Find(r => r.CanonicalUri == uri)).OfType<Resource>()];

    private void ReadAll(FileEntry root)
    {
        var resourceList = root.TakeList("resources");
        var apiClientList = root.TakeList("api_clients");
        var webhookList = root.TakeList("webhooks");
        if (root.IsRight(root.Body()) && resourceList is null && apiClientList is null && webhookList is null)
        {
            errors.Add(root.Line, "", "it must have the key resources, api_clients or webhooks");
        }

        foreach (var entry in resourceList ?? [])
        {
            ReadResource(entry);
        }

        if (resourceList is not null)
        {
            PruneResources();
        }

        foreach (var (entry, member, resource) in borrowers)
        {
            Borrow(entry, member, resource);
        }

        foreach (var (entries, resource, hasItsScopes) in clientLists)
        {
            var reader = new ClientListReader(resource, present.ClientsOf(resource.Id).ToList(), secrets, hasItsScopes);
            foreach (var client in entries.Select(e => reader.Read(e, Moment())).OfType<Client>())
            {
                Put(clients, client, c => c.Id == client.Id);
            }

            Prune(clients, reader.Unlisted, c => c.Id.Value);
        }

        if (apiClientList is not null)
        {
            ReadApiClients(apiClientList);
        }

        if (webhookList is not null)
        {
            ReadWebhooks(webhookList);
        }
    }

    private void ReadResource(FileEntry entry)
    {
        if (!entry.IsOne())
        {
            return;
        }

        var canonical = entry.Peek("resource_uri") is { } uri ? ResourceUri.Canonical(uri) : null;
        if (canonical is not null && !resourceEntries.TryAdd(canonical, entry))
        {
            entry.Wrong("resource_uri", $"occurs twice; the first is in line {resourceEntries[canonical].LineOf("resource_uri")}");
            return;
        }

        var before = canonical is null ? null : present.Configuration.FindByUri(canonical);
        string[] ways = [.. ((string[])["connection", "connection_of", "connection_id"]).Where(entry.Has)];
        if (ways.Length > 1)
        {
            entry.Wrong(ways[1], $"cannot stand beside {ways[0]}");
        }

        var (list, own, borrowed) = (entry.TakeList("clients"), entry.Take("connection"), entry.Take("connection_of"));
        var body = entry.Body(before is null ? null : FileForm.Of(before));
        var context = new ResourceContext(situation.Settings.BaseUrl, present.Configuration.Find);
        var after = before is null
            ? ResourceFields.Table.Read(body, ResourceFields.New(Moment()), FieldUse.Create, context)
            : ResourceFields.Table.Read(body, before, FieldUse.File, context) with { UpdatedAt = situation.Now };
        var isRight = entry.IsRight(body);
        if (own is not null)
        {
            after = after with { ConnectionId = ReadConnection(entry, own, after, canonical ?? "") };
        }

        if (list is not null)
        {
            clientLists.Add((list, after, !entry.HasWrong("scopes")));
        }

        if (isRight)
        {
            Put(resources, after, r => r.Id == after.Id);
        }

        if (isRight && borrowed is not null)
        {
            borrowers.Add((entry, borrowed, after));
        }
    }

    /// <summary>Reads the connection that a resource of the file owns, which other resources can share.</summary>
    private ConnectionId? ReadConnection(FileEntry owner, FileMember member, Resource resource, string canonical)
    {
        if (member.Value.IsNull)
        {
            return null;
        }

        var entry = new FileEntry(member.Value, FileParser.Join(owner.Key, "connection"), errors);
        if (!entry.IsOne())
        {
            return null;
        }

        var before = resource.ConnectionId is { } id ? present.Configuration.Find(id) : null;
        if (before is not null && !connectionOwners.TryAdd(before.Id, canonical))
        {
            owner.Wrong(
                "connection",
                $"is also that of {OAuthError.Printable(connectionOwners[before.Id])}; write connection_of with that URI instead");
            return before.Id;
        }

        var body = entry.Body(before is null ? null : FileForm.Of(before));
        var after = ConnectionFields.Table.Read(
            body, before ?? ConnectionFields.New(situation.Now), FieldUse.File, new(situation.Settings.BaseUrl)) with
        {
            UpdatedAt = situation.Now
        };
        body.WrongIfNull("login_url", "is required");
        if (before is null && !body.Has("login_url"))
        {
            body.Wrong("login_url", "is required");
        }

        if (!entry.IsRight(body))
        {
            return before?.Id;
        }

        Put(connections, after, c => c.Id == after.Id);
        return after.Id;
    }

    private void Borrow(FileEntry entry, FileMember member, Resource resource)
    {
        var lender = member.Value is FileNode.Scalar scalar ? ResourceUri.Canonical(scalar.Text) : null;
        var found = lender is null || lender == resource.CanonicalUri ? null : resources.Find(r => r.CanonicalUri == lender);
        if (found is null && lender is not null && lender != resource.CanonicalUri && resourceEntries.ContainsKey(lender))
        {
            // Errors of the owner are reported at the owner.
            return;
        }

        var what = found is null ? "must be the resource_uri of another resource"
            : borrowers.Exists(b => b.Resource.Id == found.Id)
                ? "names a resource that has connection_of itself; name the one that owns the connection"
            : found.ConnectionId is null ? "names a resource without a connection"
            : null;
        if (what is not null)
        {
            entry.Wrong("connection_of", what);
            return;
        }

        Put(resources, resource with { ConnectionId = found!.ConnectionId }, r => r.Id == resource.Id);
    }

    private void PruneResources()
    {
        var going = present.Configuration.Resources.Where(r => !resourceEntries.ContainsKey(r.CanonicalUri)).ToList();
        Prune(clients, clients.Where(c => going.Exists(r => r.Id == c.ResourceId)).ToList(), c => c.Id.Value);
        Prune(resources, going, r => r.Id.Value);
    }

    private void ReadApiClients(IReadOnlyList<FileEntry> entries)
    {
        var unsure = resourceEntries.Where(e => !resources.Exists(r => r.CanonicalUri == e.Key)).Select(e => e.Key)
            .ToHashSet(StringComparer.Ordinal);
        var reader = new ApiClientListReader(Snapshot(), unsure, secrets, situation);
        foreach (var client in entries.Select(e => reader.Read(e, Moment())).OfType<ApiClient>())
        {
            Put(apiClients, client, c => c.Id == client.Id);
        }

        Prune(apiClients, reader.Unlisted, c => c.Id.Value);
        if (!errors.AreAt("api_clients") && reader.WhyNobodyCouldComeIn(apiClients) is { } what)
        {
            errors.Add(0, "", what);
        }
    }

    private void ReadWebhooks(IReadOnlyList<FileEntry> entries)
    {
        var reader = new WebhookListReader(present.Configuration.Webhooks, situation);
        foreach (var endpoint in entries.Select(e => reader.Read(e, Moment())).OfType<WebhookEndpoint>())
        {
            Put(webhooks, endpoint, e => e.Id == endpoint.Id);
        }

        Prune(webhooks, reader.Unlisted, e => e.Id.Value);
        if (webhooks.Count > WebhookEndpoint.Most)
        {
            errors.Add(0, "webhooks", $"may have at most {WebhookEndpoint.Most} entries");
        }
    }

    private void Prune<T>(List<T> from, IReadOnlyList<T> going, Func<T, string> id)
    {
        unlisted += going.Count;
        if (situation.Prunes)
        {
            from.RemoveAll(t => going.Any(g => id(g) == id(t)));
        }
    }

    private static void Put<T>(List<T> list, T thing, Predicate<T> isIt)
    {
        var place = list.FindIndex(isIt);
        if (place < 0)
        {
            list.Add(thing);
        }
        else
        {
            list[place] = thing;
        }
    }

    /// <summary>Each new entity gets a later time than the previous one, so that lists show them in the order of the file.</summary>
    private DateTimeOffset Moment() => situation.Now.AddMilliseconds(made++);
}
