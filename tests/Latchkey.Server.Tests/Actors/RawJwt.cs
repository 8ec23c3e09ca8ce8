using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Actors;

/// <summary>Builds and reads JSON Web Tokens without a library, so that any part of a token can be invalid.</summary>
internal static class RawJwt
{
    /// <summary>Builds a token with the signature of <paramref name="sign"/>, or with an empty one if it is null.</summary>
    public static string Token(string header, string payload, Func<byte[], byte[]>? sign)
    {
        var input =
            $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}";
        return $"{input}.{(sign is null ? "" : Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(input))))}";
    }

    public static Func<byte[], byte[]> Hmac(byte[] key) => input => HMACSHA256.HashData(key, input);

    /// <summary>The secret key of management tokens, for tokens with a valid signature and another defect.</summary>
    public static (string Id, byte[] Bytes) ApiTokenKey(LatchkeyHost host)
    {
        var key = host.Services.GetRequiredService<KeyRing>().ApiTokenKey;
        return (key.Id, key.AsSecurityKey().Key);
    }

    /// <summary>Returns header and payload of a token without verifying it.</summary>
    public static (JsonElement Header, JsonElement Payload) Read(string token)
    {
        var parts = token.Split('.');
        return (JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(parts[0])),
            JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(parts[1])));
    }
}
