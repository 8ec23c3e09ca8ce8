using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Nodes;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Storage;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Webhooks;

/// <summary>An event of the outbox with the rows that it is about, as they are when it is distributed.</summary>
internal sealed record WaitingEvent
{
    public required WebhookEventId Id { get; init; }
    public required string Type { get; init; }
    public required DateTimeOffset At { get; init; }
    public GrantId? Grant { get; init; }
    public ConnectionId? Connection { get; init; }
    public string? Subject { get; init; }
    public ClientId? ClientId { get; init; }
    public ResourceId? ResourceId { get; init; }
    public required string Details { get; init; }
    public UserSnapshot? User { get; init; }
    public Client? Client { get; init; }
    public Scope? Scope { get; init; }
    public AuthorizationId? Authorization { get; init; }
    public string? EndedReason { get; init; }

    /// <summary>The person or the grant was erased before the event was distributed.</summary>
    public bool IsErased => Grant is not null && Scope is null;
}

/// <summary>Reads the outbox, and makes the text that is sent.</summary>
internal sealed class WaitingEvents(IDatabase database, ConfigurationCache configuration, ClientTrust trust, Settings settings)
{
    /// <summary>The page of connected programs.</summary>
    private const string AccountPath = "/account";

    public const string NextText =
        """
        SELECT e.id, e.type, e.created_at, e.grant_id, e.connection_id, e.subject, e.client_id, e.resource_id, e.data, u.snapshot,
               c.document, g.scope, g.auth_request_id, g.ended_reason
          FROM webhook_events e
          LEFT JOIN users u ON u.connection_id = e.connection_id AND u.subject = e.subject
          LEFT JOIN clients c ON c.id = e.client_id
          LEFT JOIN grants g ON g.id = e.grant_id
         WHERE e.spread_at IS NULL ORDER BY e.created_at LIMIT @limit
        """;

    /// <summary>The oldest events that are not distributed yet.</summary>
    public Task<List<WaitingEvent>> NextAsync(int limit, CancellationToken cancellationToken) => database.ReadAsync(
        NextText,
        new() { { "limit", limit } },
        static reader =>
        {
            var events = new List<WaitingEvent>();
            while (reader.Read())
            {
                events.Add(ReadOne(reader));
            }

            return events;
        },
        cancellationToken);

    /// <summary>The body of a request: id, type, timestamp and data. It contains no secret, code or token.</summary>
    public static string TextOf(WebhookEventId id, string type, DateTimeOffset at, JsonObject data) => new JsonObject
    {
        ["id"] = id.Value,
        ["type"] = type,
        ["timestamp"] = at.UtcDateTime,
        ["data"] = data,
    }.ToJsonString();

    public string TextOf(WaitingEvent waiting)
    {
        var data = JsonNode.Parse(waiting.Details)!.AsObject();
        Put(data, "grant_id", waiting.Grant?.Value);
        Put(data, "auth_request_id", waiting.Authorization?.Value);
        Put(data, "connection_id", waiting.Connection?.Value);
        Put(data, "sub", waiting.Subject);
        Put(data, "email", waiting.User?.Email);
        Put(data, "organization_id", waiting.User?.OrganizationId);
        Put(data, "reason", waiting.EndedReason is { } reason ? JsonNamingPolicy.SnakeCaseLower.ConvertName(reason) : null);
        if (waiting.ClientId is { } client)
        {
            data["client"] = Describe(client, waiting.Client);
        }

        var resource = waiting.ResourceId is { } id ? configuration.Current.Find(id) : null;
        if (waiting.ResourceId is { } known)
        {
            data["resource"] = new JsonObject
            {
                ["id"] = known.Value,
                ["name"] = resource?.Name,
                ["resource_uri"] = resource?.Uri,
            };
        }

        if (waiting.Scope is { } scope)
        {
            data["permissions"] = new JsonArray([
                .. scope.Select(name => (JsonNode)new JsonObject
                {
                    ["name"] = name,
                    ["description"] = resource?.DescriptionOf(name) ?? name,
                })]);
        }

        // People reach the page only through a login page that sends the proof.
        if (waiting.Type == WebhookEventType.GrantCreated.Name() && resource is not null
            && configuration.Current.UsableConnectionOf(resource) is { Verification: CallbackVerification.Required })
        {
            data["account_url"] = settings.BaseUrl + AccountPath;
        }

        return TextOf(waiting.Id, waiting.Type, waiting.At, data);
    }

    /// <summary>The name is the one that pages show: never that of another, well-known client.</summary>
    private JsonObject Describe(ClientId id, Client? client)
    {
        var described = new JsonObject { ["client_id"] = id.Value };
        if (client?.RedirectUris is [var redirectUri, ..])
        {
            described["name"] = trust.LabelOf(client, redirectUri);
            described["host"] = ClientTrust.HostOf(client, redirectUri);
        }
        else if (client is not null)
        {
            described["name"] = client.Name;
        }

        return described;
    }

    private static void Put(JsonObject data, string name, string? value)
    {
        if (value is not null)
        {
            data[name] = value;
        }
    }

    private static WaitingEvent ReadOne(DbDataReader row)
    {
        var (subject, client) = (Text(row, 5), Text(row, 6));
        return new()
        {
            Id = new(row.GetString(0)),
            Type = row.GetString(1),
            At = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)),
            Grant = Text(row, 3) is { } grant ? new(grant) : null,
            Connection = Text(row, 4) is { } connection ? new(connection) : null,
            Subject = subject,
            ClientId = client is null ? null : new(client),
            ResourceId = Text(row, 7) is { } resource ? new(resource) : null,
            Details = row.GetString(8),
            User = Text(row, 9) is { } snapshot ? LoginRequestRow.ReadUser(subject!, snapshot) : null,
            Client = Text(row, 10) is { } document
                ? ConfigurationStore.Parse("clients", client!, document, DocumentJson.Of<Client>())
                : null,
            Scope = Text(row, 11) is { } scope ? Scope.Parse(scope) : null,
            Authorization = Text(row, 12) is { } authorization ? new(authorization) : null,
            EndedReason = row.GetString(1) == WebhookEventType.GrantRevoked.Name() ? Text(row, 13) : null,
        };
    }

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
