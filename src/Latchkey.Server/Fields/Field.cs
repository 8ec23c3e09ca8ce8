using System.Text.Json.Nodes;
using Latchkey.Server.Management;

namespace Latchkey.Server.Fields;

/// <summary>The places where a field appears.</summary>
[Flags]
internal enum FieldUse
{
    None = 0,

    /// <summary>The body of a create request.</summary>
    Create = 1,

    /// <summary>The body of a PATCH request.</summary>
    Change = 2,

    /// <summary>The configuration file.</summary>
    File = 4,

    /// <summary>The exported file, and the differences that a plan shows.</summary>
    Export = 8,

    /// <summary>Responses of the API.</summary>
    Response = 16,

    Request = Create | Change,
    Input = Create | Change | File,
    All = Input | Export | Response,
}

/// <summary>What is known of a field without its entity: everything that documents and schemas need.</summary>
/// <param name="Words">What the field means, as sentences.</param>
internal abstract record Field(string Name, string Words)
{
    public FieldUse Use { get; init; } = FieldUse.All;

    /// <summary>A create request must have it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Null leaves the value as it is, instead of setting the default.</summary>
    public bool NullLeaves { get; init; }

    /// <summary>A value as JSON, for examples and for the requests that the fuzzer starts from.</summary>
    public string? Example { get; init; }

    public abstract FieldKind Kind { get; }

    public JsonObject RequestSchema(FieldUse use, JsonNode? defaultValue) => Described(Kind.RequestSchema(use), Kind.ShowsDefault ? defaultValue : null);

    public JsonObject ResponseSchema() => Described(Kind.ResponseSchema(), defaultValue: null);

    private JsonObject Described(JsonObject schema, JsonNode? defaultValue)
    {
        if (Words.Length > 0)
        {
            schema.Insert(0, "description", Words);
        }

        if (defaultValue is not null)
        {
            schema["default"] = defaultValue.DeepClone();
        }

        return schema;
    }
}

/// <summary>A field of <typeparamref name="T"/>.</summary>
/// <typeparam name="C">What reading and writing need to know besides the entity.</typeparam>
internal abstract record Field<T, C>(string Name, string Words) : Field(Name, Words)
{
    /// <summary>Returns the entity with what the body says of this field. What is wrong is recorded in the body, and leaves the entity as it is.</summary>
    public abstract T Read(JsonBody body, T entity, T blank, C context);

    /// <summary>Returns null where the field is left out.</summary>
    public abstract JsonNode? Write(T entity, C context, FieldUse use);

    /// <summary>Returns the value that a new entity has, as JSON.</summary>
    public abstract JsonNode? DefaultOf(T blank);
}

/// <summary>A field that requests may set.</summary>
internal sealed record StoredField<T, C, V>(string Name, string Words, FieldKind<V> Values, Func<T, V> Get, Func<T, V, C, T> Set) : Field<T, C>(Name, Words)
{
    /// <summary>Returns the sentence that says why a value cannot be used, or null.</summary>
    public Func<V, C, string?>? Check { get; init; }

    public override FieldKind Kind => Values;

    public override T Read(JsonBody body, T entity, T blank, C context)
    {
        if (!body.Has(Name))
        {
            return entity;
        }

        if (!Values.Read(body, Name, Get(entity), out var value))
        {
            return NullLeaves || body.IsWrong(Name) ? entity : Set(entity, Get(blank), context);
        }

        if (Check?.Invoke(value, context) is { } what)
        {
            body.Wrong(Name, what);
            return entity;
        }

        return Set(entity, value, context);
    }

    public override JsonNode? Write(T entity, C context, FieldUse use) => Values.Write(Get(entity), use);

    public override JsonNode? DefaultOf(T blank) => Values.Write(Get(blank), FieldUse.Create);
}

/// <summary>A field that only responses have.</summary>
internal sealed record ShownField<T, C, V>(string Name, string Words, FieldKind<V> Values, Func<T, C, V> Get) : Field<T, C>(Name, Words)
{
    public override FieldKind Kind => Values;

    public override T Read(JsonBody body, T entity, T blank, C context) => entity;

    public override JsonNode? Write(T entity, C context, FieldUse use) => Values.Write(Get(entity, context), use);

    public override JsonNode? DefaultOf(T blank) => null;
}
