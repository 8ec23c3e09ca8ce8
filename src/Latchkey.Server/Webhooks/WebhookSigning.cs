using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Server.Keys;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Webhooks;

/// <summary>
/// The secrets of endpoints, and the headers of Standard Webhooks that they make. A secret is derived from a key of this server and the ids
/// of endpoint and secret: it is computed, not stored, and another key-encryption key does not change it.
/// </summary>
internal sealed class WebhookSigning(KeyRing keys)
{
    /// <summary>What precedes the key in base64.</summary>
    public const string Prefix = "whsec_";

    private const string Purpose = "webhook secret";

    /// <summary>Returns a new secret of an endpoint, with the value that is shown once.</summary>
    public (WebhookSecret Stored, Secret Plain) New(WebhookEndpointId endpoint, DateTimeOffset now)
    {
        var secret = new WebhookSecret(SecretId.New(), keys.CurrentDerivationKey.Id, now);
        return (secret, new(Prefix + Convert.ToBase64String(KeyOf(endpoint, secret)!)));
    }

    /// <summary>Completes an endpoint of a configuration file. Its secret is not shown; a rotation shows the next one.</summary>
    public WebhookEndpoint WithFirstSecret(WebhookEndpoint endpoint, Actor by) =>
        endpoint with { Secrets = [New(endpoint.Id, endpoint.CreatedAt).Stored], CreatedBy = by.ToString()! };

    /// <summary>
    /// Returns <c>webhook-signature</c>: one signature per valid secret, over id, timestamp and body. Null when no secret can be computed,
    /// because its key was retired.
    /// </summary>
    public string? Sign(WebhookEndpoint endpoint, WebhookEventId id, DateTimeOffset now, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.ASCII.GetBytes($"{id}.{Timestamp(now)}."), .. body];
        var signatures = endpoint.Secrets.Where(s => s.IsValid(now)).Select(s => KeyOf(endpoint.Id, s)).OfType<byte[]>()
            .Select(key => "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed))).ToList();
        return signatures.Count > 0 ? string.Join(' ', signatures) : null;
    }

    public static string Timestamp(DateTimeOffset now) => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private byte[]? KeyOf(WebhookEndpointId endpoint, WebhookSecret secret) =>
        keys.FindSymmetric(secret.KeyId) is { } key
            ? Base64Url.DecodeFromChars(key.Derive(Purpose, $"{endpoint} {secret.Id}"))
            : null;
}
