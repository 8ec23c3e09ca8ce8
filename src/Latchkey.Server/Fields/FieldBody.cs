using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Latchkey.Server.Fields;

/// <summary>An entity as responses show it, written from its table of fields.</summary>
internal abstract class FieldBody
{
    public abstract JsonObject Write();
}

internal abstract class FieldBody<T, C>(FieldTable<T, C> table, T entity, C context) : FieldBody
{
    public T Entity => entity;

    public override JsonObject Write() => table.Write(entity, context);
}

internal sealed class FieldBodyJson<TBody> : JsonConverter<TBody>
    where TBody : FieldBody
{
    public override TBody Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Bodies of responses are not read.");

    public override void Write(Utf8JsonWriter writer, TBody value, JsonSerializerOptions options) => value.Write().WriteTo(writer, options);
}
