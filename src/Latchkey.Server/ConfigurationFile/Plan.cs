using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.Credentials;
using Latchkey.Server.Management.Setup;
using Latchkey.Server.Resources;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>One row to write. Without <c>Before</c> it is inserted, without <c>After</c> it is deleted.</summary>
internal abstract record PlanStep
{
    private PlanStep() { }

    public sealed record OfConnection(Connection? Before, Connection After) : PlanStep;

    public sealed record OfResource(Resource? Before, Resource? After) : PlanStep;

    public sealed record OfClient(Client? Before, Client? After) : PlanStep;

    public sealed record OfApiClient(ApiClient? Before, ApiClient? After) : PlanStep;

    public sealed record OfWebhook(WebhookEndpoint? Before, WebhookEndpoint? After) : PlanStep;
}

internal enum DifferenceKind
{
    Create,
    Change,
    Delete,
}

/// <summary>The change of one entity, as text.</summary>
/// <param name="Lines">The old and new value per member, without secrets.</param>
internal sealed record Difference(DifferenceKind Kind, string Title, IReadOnlyList<string> Lines);

/// <summary>The changes from the stored configuration to that of the file: the rows in the order in which they are written,
/// and the same as text.</summary>
internal sealed record Plan(IReadOnlyList<PlanStep> Steps, IReadOnlyList<Difference> Differences)
{
    public IReadOnlyList<DifferenceBody> Shown =>
    [
        .. Differences.Select(d => new DifferenceBody(
            d.Kind switch
            {
                DifferenceKind.Create => "create",
                DifferenceKind.Change => "change",
                _ => "delete",
            },
            d.Title,
            d.Lines)),
    ];

    /// <summary>Identifies the differences, so that exactly those that were confirmed are made.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', Shown.Select(d => string.Join('\n', [$"{d.Kind} {d.Title}", .. d.Lines.Select(line => $"  {line}")]))))));

    public static Plan Between(ConfigurationState before, ConfigurationState after, IReadOnlyDictionary<SecretId, string> references) =>
        new Planning(before, after, references).Plan();

    private sealed class Planning(ConfigurationState before, ConfigurationState after, IReadOnlyDictionary<SecretId, string> references)
    {
        private readonly List<PlanStep> steps = [];
        private readonly List<PlanStep> deletions = [];
        private readonly List<Difference> differences = [];

        public Plan Plan()
        {
            foreach (var connection in after.Configuration.Connections)
            {
                var former = before.Configuration.Find(connection.Id);
                if (former is null || !JsonNode.DeepEquals(FileForm.Of(former), FileForm.Of(connection)))
                {
                    steps.Add(new PlanStep.OfConnection(former, connection));
                }
            }

            foreach (var resource in after.Configuration.Resources)
            {
                Compare(before.Configuration.Find(resource.Id), resource);
                CompareClients(resource);
            }

            foreach (var resource in before.Configuration.Resources.Where(r => after.Configuration.Find(r.Id) is null))
            {
                CompareClients(resource);
                Delete(new PlanStep.OfResource(resource, After: null), $"resource {resource.Uri}");
            }

            foreach (var client in after.Configuration.ApiClients)
            {
                Compare(before.Configuration.Find(client.Id), client);
            }

            foreach (var client in before.Configuration.ApiClients.Where(c => after.Configuration.Find(c.Id) is null))
            {
                Delete(new PlanStep.OfApiClient(client, After: null), $"API client {client.Id}");
            }

            CompareWebhooks();
            return new([.. steps, .. deletions], differences);
        }

        private void CompareWebhooks()
        {
            foreach (var endpoint in after.Configuration.Webhooks)
            {
                var former = before.Configuration.Find(endpoint.Id);
                var lines = Diff.Lines(former is null ? null : FileForm.Of(former), FileForm.Of(endpoint));
                if (former is null || lines.Count > 0)
                {
                    steps.Add(new PlanStep.OfWebhook(former, endpoint));
                    Tell(former is null, $"webhook endpoint {endpoint.Url}", lines);
                }
            }

            foreach (var endpoint in before.Configuration.Webhooks.Where(e => after.Configuration.Find(e.Id) is null))
            {
                Delete(new PlanStep.OfWebhook(endpoint, After: null), $"webhook endpoint {endpoint.Url}");
            }
        }

        private void Compare(Resource? former, Resource resource)
        {
            var lines = Diff.Lines(former is null ? null : WithConnection(former, before), WithConnection(resource, after));
            if (former?.ConnectionId != resource.ConnectionId && former?.ConnectionId is not null && resource.ConnectionId is not null)
            {
                lines = [
                    .. lines,
                    $"connection: another one ({former.ConnectionId} -> "
                    + $"{(before.Configuration.Find(resource.ConnectionId.Value) is null ? "a new one" : resource.ConnectionId)})"];
            }

            // A change of the connection only does not change the row of the resource.
            if (former is null || former.ConnectionId != resource.ConnectionId
                || !JsonNode.DeepEquals(FileForm.Of(former), FileForm.Of(resource)))
            {
                steps.Add(new PlanStep.OfResource(former, resource));
            }

            Tell(former is null, $"resource {resource.Uri}", lines);
        }

        private void CompareClients(Resource resource)
        {
            var now = after.ClientsOf(resource.Id).ToList();
            var then = before.ClientsOf(resource.Id).ToList();
            foreach (var client in now)
            {
                var former = then.Find(c => c.Id == client.Id);
                List<string> lines = [
                    .. Diff.Lines(former is null ? null : FileForm.Of(former), FileForm.Of(client)),
                    .. SecretLines(former?.Secrets ?? [], client.Secrets)];
                if (former is null || lines.Count > 0)
                {
                    steps.Add(new PlanStep.OfClient(former, client));
                    Tell(former is null, $"client {Diff.Text(client.Name)} of {resource.Uri}", lines);
                }
            }

            foreach (var client in then.Where(c => !now.Exists(n => n.Id == c.Id)))
            {
                Delete(new PlanStep.OfClient(client, After: null), $"client {Diff.Text(client.Name)} of {resource.Uri} ({client.Id})");
            }
        }

        private void Compare(ApiClient? former, ApiClient client)
        {
            List<string> lines = [
                .. Diff.Lines(former is null ? null : WithResources(former), WithResources(client)),
                .. SecretLines(former?.Secrets ?? [], client.Secrets)];
            if (former is null || lines.Count > 0)
            {
                steps.Add(new PlanStep.OfApiClient(former, client));
                Tell(former is null, $"API client {client.Id}", lines);
            }
        }

        private IEnumerable<string> SecretLines(IReadOnlyList<ClientSecret> former, IReadOnlyList<ClientSecret> secrets) =>
        [
            .. secrets.Where(s => !former.Any(f => f.Id == s.Id))
                .Select(s => $"secrets: + a new one ({references.GetValueOrDefault(s.Id, "new")})"),
            .. former.Where(f => !secrets.Any(s => s.Id == f.Id)).Select(f => $"secrets: - the one ending in …{f.Suffix}"),
        ];

        private JsonObject WithConnection(Resource resource, ConfigurationState state)
        {
            var form = FileForm.Of(resource);
            form["connection"] = state.ConnectionOf(resource) is { } connection ? FileForm.Of(connection) : null;
            return form;
        }

        /// <summary>Names a connection by a resource that uses it, with the same name on both sides of a difference.</summary>
        private JsonObject WithResources(ApiClient client)
        {
            var form = FileForm.Of(client);
            form["connection_ids"] = new JsonArray([.. client.ConnectionIds.Select(
                id => (JsonNode)JsonValue.Create(UserOf(id) is { } user ? $"that of {user.Uri}" : id.Value))]);
            return form;
        }

        private Resource? UserOf(ConnectionId id) =>
            before.Configuration.Resources.Concat(after.Configuration.Resources).FirstOrDefault(r => r.ConnectionId == id);

        private void Tell(bool isNew, string title, IReadOnlyList<string> lines)
        {
            if (isNew || lines.Count > 0)
            {
                differences.Add(new(isNew ? DifferenceKind.Create : DifferenceKind.Change, title, lines));
            }
        }

        private void Delete(PlanStep step, string title)
        {
            deletions.Add(step);
            differences.Add(new(DifferenceKind.Delete, title, []));
        }
    }
}
