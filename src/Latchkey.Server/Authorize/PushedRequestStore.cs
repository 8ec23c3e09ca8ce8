using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Authorize;

/// <summary>An authorization request that its client left here before sending the person (RFC 9126).</summary>
/// <param name="Hash">Over the reference: who reads the database cannot use it.</param>
/// <param name="Issuer">The entry it was pushed at.</param>
/// <param name="Parameters">As they came, every value.</param>
/// <param name="UsedBy">The visit that began with it; null: unused.</param>
internal sealed record PushedRequest(byte[] Hash, ClientId ClientId, string Issuer, PushedParameter[] Parameters, DateTimeOffset ExpiresAt, LoginRequestId? UsedBy)
{
    private const string Prefix = "urn:ietf:params:oauth:request_uri:";
    private const int ReferenceBytes = 32;

    public static string NewReference() => Prefix + Secret.NewToken(ReferenceBytes);

    /// <summary>A reference that this server could have given out.</summary>
    public static bool IsReference(string requestUri) => requestUri.StartsWith(Prefix, StringComparison.Ordinal);

    public static byte[] HashOf(string reference) => SHA256.HashData(Encoding.UTF8.GetBytes(reference));

    public RequestParameters ToParameters() => new(Parameters.GroupBy(p => p.Name, StringComparer.Ordinal)
        .Select(g => KeyValuePair.Create(g.Key, new Microsoft.Extensions.Primitives.StringValues([.. g.Select(p => p.Value)]))));
}

internal sealed record PushedParameter(string Name, string Value);

[JsonSerializable(typeof(PushedParameter[]))]
internal sealed partial class PushedRequestJson : JsonSerializerContext;

/// <summary>Pushed requests. That one is used by one visit only is a condition of beginning the visit (<see cref="AuthRequestStore.BeginAsync"/>).</summary>
internal sealed class PushedRequestStore(IDatabase database)
{
    public Task AddAsync(PushedRequest pushed, CancellationToken cancellationToken) => database.WriteAsync(
        "INSERT INTO pushed_requests (hash, client_id, issuer, parameters, expires_at) VALUES (@hash, @client, @issuer, @parameters, @expires)",
        new()
        {
            { "hash", pushed.Hash }, { "client", pushed.ClientId.Value }, { "issuer", pushed.Issuer },
            { "parameters", JsonSerializer.Serialize(pushed.Parameters, PushedRequestJson.Default.PushedParameterArray) }, { "expires", pushed.ExpiresAt },
        },
        static _ => true,
        cancellationToken);

    public Task<PushedRequest?> FindAsync(byte[] hash, CancellationToken cancellationToken) => database.ReadAsync(
        "SELECT client_id, issuer, parameters, expires_at, login_request_id FROM pushed_requests WHERE hash = @hash",
        new() { { "hash", hash } },
        reader => !reader.Read() ? null : new PushedRequest(
            hash,
            new(reader.GetString(0)),
            reader.GetString(1),
            JsonSerializer.Deserialize(reader.GetString(2), PushedRequestJson.Default.PushedParameterArray) ?? [],
            DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)),
            reader.IsDBNull(4) ? null : new LoginRequestId(reader.GetString(4))),
        cancellationToken);

    /// <summary>Deletes what expired before <paramref name="before"/>, at most 500 at a time.</summary>
    public Task<int> SweepAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM pushed_requests WHERE hash IN (SELECT hash FROM pushed_requests WHERE expires_at < @before ORDER BY expires_at LIMIT 500) RETURNING 1",
        new() { { "before", before } },
        Rows.Count,
        cancellationToken);
}
