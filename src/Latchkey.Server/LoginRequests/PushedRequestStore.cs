using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Latchkey.Server.Storage;

namespace Latchkey.Server.LoginRequests;

/// <summary>An authorization request that its client pushed before sending the browser (RFC 9126).</summary>
/// <param name="Hash">Hash of the reference, so that a reader of the database cannot use it.</param>
/// <param name="Issuer">The issuer at which it was pushed.</param>
/// <param name="Parameters">Every known parameter and its values as sent.</param>
/// <param name="UsedBy">The login request that used it. Null while it is unused.</param>
internal sealed record PushedRequest(
    byte[] Hash, ClientId ClientId, string Issuer, PushedParameter[] Parameters, DateTimeOffset ExpiresAt, LoginRequestId? UsedBy)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(90);

    private const string Prefix = "urn:ietf:params:oauth:request_uri:";
    private const int ReferenceBytes = 32;

    /// <summary>The bytes of a row and its index entries, besides the parameters.</summary>
    private const int RowBytes = 512;

    /// <summary>The bytes that the request occupies in the database.</summary>
    public int StoredBytes => RowBytes + Encoding.UTF8.GetByteCount(Write(Parameters));

    public static string NewReference() => Prefix + Secret.NewToken(ReferenceBytes);

    /// <summary>Whether the URI has the form of this server's references.</summary>
    public static bool IsReference(string requestUri) => requestUri.StartsWith(Prefix, StringComparison.Ordinal);

    public static byte[] HashOf(string reference) => SHA256.HashData(Encoding.UTF8.GetBytes(reference));

    public static string Write(PushedParameter[] parameters) =>
        JsonSerializer.Serialize(parameters, PushedRequestJson.Default.PushedParameterArray);

    public RequestParameters ToParameters() => new(Parameters.GroupBy(p => p.Name, StringComparer.Ordinal)
        .Select(g => KeyValuePair.Create(g.Key, new Microsoft.Extensions.Primitives.StringValues([.. g.Select(p => p.Value)]))));
}

internal sealed record PushedParameter(string Name, string Value);

[JsonSerializable(typeof(PushedParameter[]))]
internal sealed partial class PushedRequestJson : JsonSerializerContext;

/// <summary>Stores pushed requests. <see cref="LoginRequestStore.BeginAsync"/> makes sure that each is used once.</summary>
internal sealed class PushedRequestStore(IDatabase database)
{
    public Task AddAsync(PushedRequest pushed, CancellationToken cancellationToken) => database.WriteAsync(
        "INSERT INTO pushed_requests (hash, client_id, issuer, parameters, expires_at) VALUES (@hash, "
        + "@client, @issuer, @parameters, @expires)",
        new()
        {
            { "hash", pushed.Hash }, { "client", pushed.ClientId.Value }, { "issuer", pushed.Issuer },
            { "parameters", PushedRequest.Write(pushed.Parameters) },
            { "expires", pushed.ExpiresAt },
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

    /// <summary>Deletes requests that expired before <paramref name="before"/>, at most 500 per call.</summary>
    public Task<int> SweepAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM pushed_requests WHERE hash IN (SELECT hash FROM pushed_requests WHERE expires_at < @before "
        + "ORDER BY expires_at LIMIT 500) RETURNING 1",
        new() { { "before", before } },
        Rows.Count,
        cancellationToken);
}
