using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Latchkey.Server.Grpc;

/// <summary>
/// Converts between gRPC messages and the JSON of REST, which have the same field names: a request message becomes a REST body, so that the
/// same reader validates it, and a REST response becomes a message.
/// </summary>
internal static class WireJson
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>REST responses have members without a field in the messages.</summary>
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>An empty field becomes an absent member, or one with its default when the mask names it.</summary>
    /// <exception cref="InvalidOperationException">A value of a Struct has no kind, so it cannot be written as JSON.</exception>
    public static JsonBody BodyOf(IMessage message, FieldMask? mask = null) =>
        JsonBody.Of(JsonElement.Parse(Formatter.Format(message)), mask?.Paths ?? []);

    public static TMessage MessageOf<TMessage, TAnswer>(TAnswer answer, JsonTypeInfo<TAnswer> json)
        where TMessage : IMessage, new() => Parser.Parse<TMessage>(JsonSerializer.Serialize(answer, json));
}
