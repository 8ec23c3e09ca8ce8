using System.Text.Json;
using System.Text.Json.Serialization;

namespace Latchkey.Sdk;

/// <summary>Everything that crosses the wire, in snake_case, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LatchkeyUser))]
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(RedirectAnswer))]
[JsonSerializable(typeof(RejectBody))]
[JsonSerializable(typeof(RevokeBody))]
[JsonSerializable(typeof(RevokedAnswer))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(ProblemAnswer))]
internal sealed partial class LatchkeyJson : JsonSerializerContext;

internal sealed record RedirectAnswer(string? AuthRequestId, string? RedirectUri);

internal sealed record RejectBody(string Error, string? ErrorDescription);

internal sealed record RevokeBody(string Sub);

internal sealed record RevokedAnswer(int GrantsEnded);

internal sealed record TokenAnswer(string? AccessToken, long? ExpiresIn);

/// <summary>RFC 9457 problem details, or the error of a token endpoint (RFC 6749 §5.2): the two shapes a refusal may have.</summary>
internal sealed record ProblemAnswer(string? Title, string? Detail, string? Code, JsonElement? Errors, string? Error, string? ErrorDescription);

/// <summary>A moment as a number of seconds since 1970-01-01T00:00:00Z.</summary>
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

/// <summary>A span of time as a number of seconds.</summary>
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
