using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Latchkey.Server.Clients;

/// <summary>
/// The parts of a client assertion (RFC 7523 §3, RFC 7515), not validated yet. Header members that bring a key (<c>jwk</c>, <c>jku</c>,
/// <c>x5c</c>, <c>x5u</c>) are not read: keys come from the client's registration only.
/// </summary>
internal sealed record AssertionJwt
{
    private const int MaxLength = 16 * 1024;
    private const int MaxDepth = 8;
    private const int Parts = 3;

    public required string Algorithm { get; init; }
    public required string? KeyId { get; init; }

    /// <summary>Whether the header has <c>crit</c>. This server understands no extension (RFC 7515 §4.1.11).</summary>
    public required bool HasCriticalHeaders { get; init; }

    public required string? Issuer { get; init; }
    public required string Subject { get; init; }

    /// <summary>Null when the claim is absent or not a string or an array of strings.</summary>
    public required IReadOnlyList<string>? Audiences { get; init; }

    /// <summary>In seconds since 1970. Null when the claim is absent or not a number.</summary>
    public required double? ExpiresAt { get; init; }

    /// <summary>In seconds since 1970. NaN when the claim is not a number.</summary>
    public required double? NotBefore { get; init; }

    public required string? Id { get; init; }
    public required byte[] Signed { get; init; }
    public required byte[] Signature { get; init; }

    /// <summary>Parses an assertion. Returns null when it is not a signed JWT with an algorithm and a subject.</summary>
    public static AssertionJwt? Read(string text)
    {
        if (text.Length > MaxLength || text.Split('.') is not { Length: Parts } parts
            || Bytes(parts[0]) is not { } header || Bytes(parts[1]) is not { } payload || Bytes(parts[2]) is not { } signature
            || Members(header) is not { } head || Members(payload) is not { } claims
            || Text(head, "alg") is not { } algorithm || Text(claims, "sub") is not { } subject)
        {
            return null;
        }

        return new()
        {
            Algorithm = algorithm,
            KeyId = Text(head, "kid"),
            HasCriticalHeaders = head.TryGetProperty("crit", out _),
            Issuer = Text(claims, "iss"),
            Subject = subject,
            Audiences = AudiencesOf(claims),
            ExpiresAt = Number(claims, "exp"),
            NotBefore = claims.TryGetProperty("nbf", out _) ? Number(claims, "nbf") ?? double.NaN : null,
            Id = Text(claims, "jti"),
            Signed = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"),
            Signature = signature,
        };
    }

    private static JsonElement? Members(byte[] json) =>
        StrictJson.ReadUnique(json, MaxDepth, "The assertion") is StrictJson.Value { Root: { ValueKind: JsonValueKind.Object } root }
            ? root
            : null;

    private static byte[]? Bytes(string part) => Base64Url.IsValid(part) ? Base64Url.DecodeFromChars(part) : null;

    private static string? Text(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : null;

    private static double? Number(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number)
            ? number
            : null;

    private static IReadOnlyList<string>? AudiencesOf(JsonElement claims) =>
        !claims.TryGetProperty("aud", out var value) ? null
        : value.ValueKind == JsonValueKind.String ? [value.GetString()!]
        : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(a => a.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(a => a.GetString()!)]
        : null;
}
