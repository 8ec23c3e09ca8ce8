using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;
using Latchkey.Server.Management.ApiClients;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>The API clients of a file, identified by the id that the operator chose. The client of the settings (<c>Bootstrap</c>) and the
/// last one that can manage the server stay.</summary>
/// <param name="configuration">With the resources and connections of the file.</param>
/// <param name="unsure">Canonical URIs of resources with errors, about which no further errors are reported.</param>
internal sealed class ApiClientListReader(
    ConfigurationSnapshot configuration, IReadOnlySet<string> unsure, FileSecrets secrets, FileSituation situation)
{
    private const string IsBootstrap =
        "is the API client of the settings (Bootstrap:ApiClientId): it keeps the role management, enabled, and the secret of the settings";

    private readonly Dictionary<ApiClientId, int> listed = [];

    /// <summary>Stored API clients without an entry that can be deleted.</summary>
    public IReadOnlyList<ApiClient> Unlisted =>
        [.. configuration.ApiClients.Where(c => !listed.ContainsKey(c.Id) && c.Id.Value != situation.Settings.BootstrapApiClientId)];

    /// <returns>Null when there are errors, which are recorded.</returns>
    public ApiClient? Read(FileEntry entry, DateTimeOffset now)
    {
        if (!entry.IsOne())
        {
            return null;
        }

        var id = ApiClientId.Parse(entry.Peek("client_id"));
        _ = entry.Take("client_id");
        if (id is null)
        {
            entry.Wrong("client_id", "must be skc_ followed by 1 to 28 letters, digits, '-' or '_'");
        }
        else if (!listed.TryAdd(id.Value, entry.LineOf("client_id")))
        {
            entry.Wrong("client_id", $"occurs twice; the first is in line {listed[id.Value]}");
            return null;
        }

        var before = id is { } known ? configuration.Find(known) : null;
        var held = secrets.Read(entry, before?.Secrets ?? []);
        if (!PutConnections(entry, before))
        {
            return null;
        }

        var body = entry.Body(before is null ? null : FileForm.Of(before));
        var after = before is null
            ? ApiClientReader.New(body, configuration, now).Client
            : ApiClientReader.Change(before, body, configuration, now);
        after = after with { Id = id ?? after.Id, Secrets = held };
        if (after.Keys is not null && held.Count > 0)
        {
            entry.Wrong("secrets", "is only for a client that authenticates with a secret; this one has jwks");
        }
        else if (after.Keys is null && held.Count == 0 && !entry.HasWrong("secrets"))
        {
            entry.Wrong("secrets", "must name at least one, such as {env: NAME}; a client that uses private_key_jwt has jwks instead");
        }

        var isRight = entry.IsRight(body);
        if (isRight && after.Id.Value == situation.Settings.BootstrapApiClientId && !IsAsTheSettingsSay(after))
        {
            entry.Wrong("client_id", IsBootstrap);
        }

        return isRight && id is not null ? after : null;
    }

    /// <summary>Prevents a lockout: without such a client the management API is unusable, and a restart does not create one.</summary>
    public string? WhyNobodyCouldComeIn(IReadOnlyList<ApiClient> after) =>
        situation.Settings.BootstrapApiClientId is not null || after.Any(IsWayIn)
        || (after.Count == 0 && configuration.ApiClients.Count == 0)
            ? null
            : "no API client of role management with a valid secret or a key would be left to call the management API; "
                + "list one, or set Bootstrap:ApiClientId";

    private bool IsWayIn(ApiClient client) => client is { IsEnabled: true, Role: ApiRole.Management }
        && (client.Keys is not null || client.Secrets.Any(s => s.IsGood(situation.Now)));

    private bool IsAsTheSettingsSay(ApiClient client) =>
        IsWayIn(client) && situation.Settings.BootstrapApiClientSecret is { } secret
        && ClientSecret.Matching(client.Secrets, new Secret(secret), situation.Now) is not null;

    /// <summary>Connections are named by a resource that uses them, because the file does not contain their ids. An id is only for a
    /// connection that no resource uses.</summary>
    /// <returns>False when it cannot be determined, because a resource has errors.</returns>
    private bool PutConnections(FileEntry entry, ApiClient? before)
    {
        if (entry.TakeTexts("connections_of") is not { } uris)
        {
            return true;
        }

        var ids = (entry.TakeTexts("connection_ids") ?? []).ToList();
        foreach (var uri in uris)
        {
            var canonical = ResourceUri.Canonical(uri);
            if (canonical is not null && unsure.Contains(canonical))
            {
                return false;
            }

            var resource = canonical is null ? null : configuration.FindByUri(canonical);
            if (resource?.ConnectionId is not { } connection)
            {
                entry.Wrong(
                    "connections_of",
                    $"contains {OAuthError.Printable(uri)}, "
                    + $"which is {(resource is null ? "the resource_uri of no resource" : "a resource without a connection")}");
            }
            else if (!ids.Contains(connection.Value, StringComparer.Ordinal))
            {
                ids.Add(connection.Value);
            }
        }

        // In the stored order: the same connections in another order are not a change.
        var order = (before?.ConnectionIds ?? []).Select(id => id.Value).ToList();
        entry.Put(
            "connection_ids",
            ids.OrderBy(id => order.IndexOf(id) is var place && place < 0 ? int.MaxValue : place),
            insteadOf: "connections_of");
        return true;
    }
}
