using System.Collections.Concurrent;
using System.Net;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;

namespace Latchkey.Server.ApiClients;

/// <summary>An address from which an API client was used.</summary>
internal sealed record SeenAddress(string Address, DateTimeOffset FirstSeenAt);

/// <summary>
/// From where API clients are used. A stolen login credential can speak for every user of its connection, and coming from somewhere new is the first that is seen of the thief:
/// it is written down and logged as a warning. No request waits for that.
/// </summary>
internal sealed partial class ApiClientAddresses(IDatabase database, TimeProvider clock, ILogger<ApiClientAddresses> logger)
{
    private const int MaxRemembered = 10_000;

    /// <summary>Of one client: who comes from everywhere tells nobody anything by coming from yet another place.</summary>
    private const int MaxKept = 100;

    private readonly ConcurrentDictionary<(string Client, IPAddress Address), Task> noted = new();

    /// <summary>Returns whether the client allows the address. Records an allowed address, and logs a warning about another one.</summary>
    public bool Check(ApiClient client, IPAddress from)
    {
        if (client.AllowsAddress(from))
        {
            Note(client, from);
            return true;
        }

        FromElsewhere(logger, client.Id, client.Role.Name(), from.ToString());
        return false;
    }

    private void Note(ApiClient client, IPAddress from)
    {
        if (noted.ContainsKey((client.Id.Value, from)))
        {
            return;
        }

        if (noted.Count >= MaxRemembered)
        {
            noted.Clear();
        }

        noted[(client.Id.Value, from)] = WriteAsync(client, from.ToString());
    }

    /// <summary>Oldest first.</summary>
    public async Task<IReadOnlyList<SeenAddress>> OfAsync(ApiClientId client, CancellationToken cancellationToken)
    {
        await Task.WhenAll(noted.Where(n => n.Key.Client == client.Value).Select(n => n.Value)).WaitAsync(cancellationToken);
        return await database.ReadAsync(
            "SELECT address, seen_at FROM api_client_addresses WHERE client_id = @client ORDER BY seen_at, address",
            new() { { "client", client.Value } },
            static reader =>
            {
                var seen = new List<SeenAddress>();
                while (reader.Read())
                {
                    seen.Add(new(reader.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1))));
                }

                return seen;
            },
            cancellationToken);
    }

    public Task ForgetAsync(ApiClientId client, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM api_client_addresses WHERE client_id = @client", new() { { "client", client.Value } }, static _ => true, cancellationToken);

    private async Task WriteAsync(ApiClient client, string address)
    {
        try
        {
            var (isNew, count) = await database.WriteAsync(
                """
                INSERT INTO api_client_addresses (client_id, address, seen_at)
                SELECT id, @address, @now FROM api_clients WHERE id = @client AND (SELECT COUNT(*) FROM api_client_addresses WHERE client_id = @client) < @most
                ON CONFLICT DO NOTHING RETURNING address;
                SELECT COUNT(*) FROM api_client_addresses WHERE client_id = @client
                """,
                new() { { "client", client.Id.Value }, { "address", address }, { "now", clock.GetUtcNow() }, { "most", MaxKept } },
                static reader =>
                {
                    var isAdded = reader.Read();
                    return (isAdded, reader.NextResult() && reader.Read() ? reader.GetInt64(0) : 0);
                },
                CancellationToken.None);
            if (isNew && count > 1)
            {
                FromNewAddress(logger, client.Id, client.Role.Name(), address);
            }
        }
        catch (Exception lost) when (lost is StorageUnavailable or ObjectDisposedException)
        {
            NotNoted(logger, lost);
        }
    }

    [LoggerMessage(LogLevel.Warning, "API client {Client} of role {Role} was used from {Address}, from where it never came before; if that is nobody of yours, disable it")]
    private static partial void FromNewAddress(ILogger logger, ApiClientId client, string role, string address);

    [LoggerMessage(LogLevel.Warning, "API client {Client} of role {Role} was refused at {Address}, which is none of its allowed addresses")]
    private static partial void FromElsewhere(ILogger logger, ApiClientId client, string role, string address);

    [LoggerMessage(LogLevel.Debug, "The address of an API client could not be noted")]
    private static partial void NotNoted(ILogger logger, Exception reason);
}
