using System.Collections.Concurrent;
using System.Net;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;

namespace Latchkey.Server.ApiClients;

/// <summary>An address from which an API client was used.</summary>
internal sealed record SeenAddress(string Address, DateTimeOffset FirstSeenAt);

/// <summary>
/// Records the addresses from which API clients are used. A stolen login credential can report any user of its connection, and a new
/// address is often the first sign of a theft, so it is logged as a warning. Requests do not wait for the record.
/// </summary>
internal sealed partial class ApiClientAddresses(IDatabase database, TimeProvider clock, ILogger<ApiClientAddresses> logger)
{
    private const int MaxRemembered = 10_000;
    private const int MaxExpected = 5;

    /// <summary>The limit per client. Above it, a new address no longer indicates anything.</summary>
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

    /// <summary>The network of the caller beside those that the client allows.</summary>
    public static Fact[] FactsOf(ApiClient client, IPAddress from) =>
    [
        Fact.Sent(FactNames.Network, from.ToString()),
        .. (client.AllowedAddresses ?? []).Take(MaxExpected).Select(allowed => Fact.Expected(FactNames.Network, allowed)),
    ];

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
        "DELETE FROM api_client_addresses WHERE client_id = @client", new() { { "client", client.Value } }, static _ => true,
        cancellationToken);

    private async Task WriteAsync(ApiClient client, string address)
    {
        try
        {
            var (isNew, count) = await database.WriteAsync(
                """
                INSERT INTO api_client_addresses (client_id, address, seen_at)
                SELECT id, @address, @now FROM api_clients
                 WHERE id = @client AND (SELECT COUNT(*) FROM api_client_addresses WHERE client_id = @client) < @most
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

    [LoggerMessage(
        1801, LogLevel.Warning,
        "API client {Client} of role {Role} was used from the new address {Address}; disable it if the address is not yours")]
    private static partial void FromNewAddress(ILogger logger, ApiClientId client, string role, string address);

    [LoggerMessage(
        1802, LogLevel.Warning, "API client {Client} of role {Role} was refused at {Address}, which is not in its allowed_addresses")]
    private static partial void FromElsewhere(ILogger logger, ApiClientId client, string role, string address);

    [LoggerMessage(1803, LogLevel.Debug, "The address of an API client could not be recorded")]
    private static partial void NotNoted(ILogger logger, Exception reason);
}
