using System.Buffers.Text;
using System.Text.Json;

namespace Clients.Programs;

internal static class Jwt
{
    /// <summary>The claims of a JWT, without a check of the signature: the SDK checks it.</summary>
    public static JsonElement Claims(string token) => Part(token, 1);

    public static string Algorithm(string token) => Part(token, 0).GetProperty("alg").GetString()!;

    private static JsonElement Part(string token, int index) =>
        JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(token.Split('.')[index]));
}
