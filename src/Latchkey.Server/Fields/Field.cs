using System.Text.Json.Nodes;

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

/// <summary>A field without its entity: everything that documents and schemas need.</summary>
/// <param name="Default">The value that a new entity has; null where it has none.</param>
internal sealed record Field(string Name, string Words, FieldUse Use, bool IsRequired, string? Example, FieldShape Shape, JsonNode? Default)
{
    public JsonObject RequestSchema(FieldUse use) => Described(Shape.Request(use), Shape.ShowsDefault ? Default : null);

    public JsonObject ResponseSchema() => Described(Shape.ResponseSchema(), defaultValue: null);

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
/// <typeparam name="C">The context for reading and writing.</typeparam>
internal sealed record Field<T, C>(string Name, string Words, FieldShape Shape)
{
    public FieldUse Use { get; init; } = FieldUse.All;

    /// <summary>Whether a create request must have it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Null leaves the value as it is, instead of setting the default.</summary>
    public bool NullLeaves { get; init; }

    /// <summary>A value as JSON, for examples and for the requests that the fuzzer starts from.</summary>
    public string? Example { get; init; }

    /// <summary>Returns null where the field is left out.</summary>
    public required Func<T, C, FieldUse, JsonNode?> Write { get; init; }

    /// <summary>Returns the value that a new entity has.</summary>
    public Func<T, JsonNode?> Default { get; init; } = _ => null;

    public ReadOfEntity<T, C> Reading { get; init; } = (_, entity, _, _, _) => entity;

    /// <summary>Returns the entity with the value from the body. An invalid value is recorded in the body and leaves
    /// the entity unchanged.</summary>
    /// <param name="blank">An entity with the default.</param>
    public T Read(JsonBody body, T entity, T blank, C context) => Reading(body, entity, blank, NullLeaves, context);

    public Field Described(T blank) => new(Name, Words, Use, IsRequired, Example, Shape, Default(blank));
}

internal delegate T ReadOfEntity<T, C>(JsonBody body, T entity, T blank, bool nullLeaves, C context);
