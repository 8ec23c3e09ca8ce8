using System.Text.Json.Nodes;
using Latchkey.Server.Management;

namespace Latchkey.Server.Fields;

/// <summary>A table of fields without its entity: everything that documents and schemas need.</summary>
/// <param name="Name">The entity, as the schemas of the API name it.</param>
/// <param name="About">What the entity is, as a sentence.</param>
internal abstract record FieldTable(string Name, string About)
{
    public abstract IEnumerable<Field> Declared { get; }

    public abstract JsonObject RequestSchema(FieldUse use);

    public abstract JsonObject ResponseSchema();

    /// <summary>Returns the value that a new entity has, as JSON.</summary>
    public abstract JsonNode? DefaultOf(Field field);
}

/// <summary>
/// The fields of an entity, each declared once. From the table come the reading of a body, the body of a response, the schemas of API and configuration file, the export,
/// the differences and the reference. Fields stand in the order of the response; defaults are those of the record itself.
/// </summary>
/// <param name="Blank">An entity that has nothing but its defaults.</param>
internal sealed record FieldTable<T, C>(string Name, string About, T Blank, IReadOnlyList<Field<T, C>> Fields) : FieldTable(Name, About)
{
    public override IEnumerable<Field> Declared => Fields;

    /// <summary>Returns the entity with what the body says, and records in the body everything that is wrong.</summary>
    /// <param name="entity">Keeps the value of every field that the body does not have.</param>
    /// <param name="use">Which fields the body may have. A create must have those that are required.</param>
    public T Read(JsonBody body, T entity, FieldUse use, C context)
    {
        foreach (var field in Fields.Where(f => f.Use.HasFlag(use)))
        {
            if (use == FieldUse.Create && field.IsRequired && !body.Has(field.Name))
            {
                body.Wrong(field.Name, "is required");
            }

            entity = field.Read(body, entity, Blank, context);
        }

        return entity;
    }

    /// <summary>Returns the members that have a value.</summary>
    public JsonObject Write(T entity, C context, FieldUse use = FieldUse.Response) => new(
        from field in Fields
        where field.Use.HasFlag(use)
        let value = field.Write(entity, context, use)
        where value is not null
        select KeyValuePair.Create(field.Name, (JsonNode?)value));

    public override JsonObject RequestSchema(FieldUse use)
    {
        var fields = Fields.Where(f => f.Use.HasFlag(use)).ToList();
        var schema = new JsonObject();
        if (About.Length > 0)
        {
            schema["description"] = About;
        }

        schema["type"] = "object";
        schema["additionalProperties"] = false;
        if (use == FieldUse.Create && fields.Exists(f => f.IsRequired))
        {
            schema["required"] = FieldKinds.Array([.. fields.Where(f => f.IsRequired).Select(f => f.Name)]);
        }

        schema["properties"] = new JsonObject(fields.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)f.RequestSchema(use, f.DefaultOf(Blank)))));
        return schema;
    }

    public override JsonObject ResponseSchema()
    {
        var fields = Fields.Where(f => f.Use.HasFlag(FieldUse.Response)).ToList();
        return new()
        {
            ["type"] = "object",
            ["required"] = FieldKinds.Array([.. fields.Where(f => !f.Kind.IsOptional).Select(f => f.Name)]),
            ["properties"] = new JsonObject(fields.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)f.ResponseSchema()))),
        };
    }

    public override JsonNode? DefaultOf(Field field) => ((Field<T, C>)field).DefaultOf(Blank);

    /// <summary>Returns an entity made of the examples, for the documents that show one.</summary>
    public T Sample(C context) => Read(JsonBody.Of(Examples(FieldUse.Create)), Blank, FieldUse.Create, context);

    /// <summary>Returns the declared examples as a body.</summary>
    public JsonObject Examples(FieldUse use) => new(
        from field in Fields
        where field.Use.HasFlag(use) && field.Example is not null
        select KeyValuePair.Create(field.Name, JsonNode.Parse(field.Example!)));
}

/// <summary>Declares fields of <typeparamref name="T"/>.</summary>
internal static class FieldsOf<T, C>
{
    /// <param name="check">Returns the sentence that says why a value cannot be used, or null.</param>
    public static Field<T, C> Stored<V>(string name, FieldKind<V> kind, Func<T, V> get, Func<T, V, T> set, string words = "", Func<V, C, string?>? check = null) =>
        Stored(name, kind, get, (entity, value, _) => set(entity, value), words, check);

    /// <inheritdoc cref="Stored{V}(string, FieldKind{V}, Func{T, V}, Func{T, V, T}, string, Func{V, C, string})"/>
    public static Field<T, C> Stored<V>(string name, FieldKind<V> kind, Func<T, V> get, Func<T, V, C, T> set, string words = "", Func<V, C, string?>? check = null) =>
        new StoredField<T, C, V>(name, words, kind, get, set) { Check = check };

    public static Field<T, C> Shown<V>(string name, FieldKind<V> kind, Func<T, V> get, string words = "") => Shown(name, kind, (entity, _) => get(entity), words);

    public static Field<T, C> Shown<V>(string name, FieldKind<V> kind, Func<T, C, V> get, string words = "") =>
        new ShownField<T, C, V>(name, words, kind, get) { Use = FieldUse.Response };
}
