using System.Text.Json;
using System.Text.Json.Serialization;

namespace Latchkey.Sdk;

/// <summary>Serializes requests and responses with snake_case names and without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LatchkeyUser))]
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(RedirectResponse))]
[JsonSerializable(typeof(RejectBody))]
[JsonSerializable(typeof(RevokeBody))]
[JsonSerializable(typeof(RevokedResponse))]
[JsonSerializable(typeof(TokenResponse))]
[JsonSerializable(typeof(ProblemResponse))]
internal sealed partial class LatchkeyJson : JsonSerializerContext;

internal sealed record RedirectResponse(string? AuthRequestId, string? RedirectUri);

internal sealed record RejectBody(string Error, string? ErrorDescription);

internal sealed record RevokeBody(string Sub);

internal sealed record RevokedResponse(int GrantsEnded);

internal sealed record TokenResponse(string? AccessToken, long? ExpiresIn);

/// <summary>An error response: problem details (RFC 9457), or the error of a token endpoint (RFC 6749 §5.2).</summary>
internal sealed record ProblemResponse(
    string? Title, string? Detail, string? Code, JsonElement? Errors, string? Error, string? ErrorDescription);

/// <summary>Converts a time to and from the number of seconds since 1970-01-01T00:00:00Z.</summary>
internal sealed class UnixSecondsConverter : JsonConverter<DateTimeOffset?>
{
    public override DateTimeOffset? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? null : DateTimeOffset.FromUnixTimeSeconds(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, DateTimeOffset? value, JsonSerializerOptions options)
    {
        if (value is { } moment)
        {
            writer.WriteNumberValue(moment.ToUnixTimeSeconds());
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}

/// <summary>Converts a time span to and from a number of seconds.</summary>
internal sealed class SecondsConverter : JsonConverter<TimeSpan?>
{
    public override TimeSpan? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? null : TimeSpan.FromSeconds(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, TimeSpan? value, JsonSerializerOptions options)
    {
        if (value is { } span)
        {
            writer.WriteNumberValue((long)span.TotalSeconds);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
