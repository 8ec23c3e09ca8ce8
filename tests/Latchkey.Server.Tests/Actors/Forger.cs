using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Actors;

/// <summary>Somebody who writes JSON Web Tokens by hand.</summary>
internal static class Forger
{
    /// <summary>A token signed as <paramref name="sign"/> does it; null: the signature is empty.</summary>
    public static string Token(string header, string payload, Func<byte[], byte[]>? sign)
    {
        var input = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}";
        return $"{input}.{(sign is null ? "" : Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(input))))}";
    }

    public static Func<byte[], byte[]> Hmac(byte[] key) => input => HMACSHA256.HashData(key, input);

    /// <summary>The key of management tokens, which nobody outside has: for tokens that are wrong in something else than their signature.</summary>
    public static (string Id, byte[] Bytes) ApiTokenKey(LatchkeyHost host)
    {
        var key = host.Parts.GetRequiredService<KeyRing>().ApiTokenKey;
        return (key.Id, key.AsSecurityKey().Key);
    }

    /// <summary>Header and payload of a token, as it says them.</summary>
    public static (JsonElement Header, JsonElement Payload) Read(string token)
    {
        var parts = token.Split('.');
        return (JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(parts[0])), JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(parts[1])));
    }
}
