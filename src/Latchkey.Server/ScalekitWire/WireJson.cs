using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Latchkey.Server.Management;

namespace Latchkey.Server.ScalekitWire;

/// <summary>
/// Between messages and the JSON of REST, whose members have the names of the messages' fields: a request becomes the body it would be there, so that the same reader
/// refuses what is wrong with it, and an answer becomes the message.
/// </summary>
internal static class WireJson
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>Answers over REST say more than the messages have fields for.</summary>
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>A field that is empty is a member that is absent, or, where a mask names it, one that goes back to its default.</summary>
    /// <exception cref="InvalidOperationException">A value of a Struct is nothing at all, not even null: it cannot be written as JSON.</exception>
    public static JsonBody BodyOf(IMessage message, FieldMask? mask = null) => JsonBody.Of(JsonElement.Parse(Formatter.Format(message)), mask?.Paths ?? []);

    public static TMessage MessageOf<TMessage, TAnswer>(TAnswer answer, JsonTypeInfo<TAnswer> json)
        where TMessage : IMessage, new() => Parser.Parse<TMessage>(JsonSerializer.Serialize(answer, json));
}
