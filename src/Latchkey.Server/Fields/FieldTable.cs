using System.Text.Json.Nodes;

namespace Latchkey.Server.Fields;

/// <summary>A table of fields without its entity: everything that documents and schemas need.</summary>
/// <param name="name">The entity, as the schemas of the API name it.</param>
/// <param name="about">What the entity is, as a sentence.</param>
internal abstract class FieldTable(string name, string about)
{
    public string Name => name;

    public string About => about;

    public abstract IReadOnlyList<Field> Declared { get; }

    public JsonObject RequestSchema(FieldUse use)
    {
        var fields = Declared.Where(f => f.Use.HasFlag(use)).ToList();
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

        schema["properties"] = new JsonObject(fields.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)f.RequestSchema(use))));
        return schema;
    }

    public JsonObject ResponseSchema()
    {
        var fields = Declared.Where(f => f.Use.HasFlag(FieldUse.Response)).ToList();
        return new()
        {
            ["type"] = "object",
            ["required"] = FieldKinds.Array([.. fields.Where(f => !f.Shape.IsOptional).Select(f => f.Name)]),
            ["properties"] = new JsonObject(fields.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)f.ResponseSchema()))),
        };
    }
}

/// <summary>
/// The fields of an entity, each declared once. The table is the source for reading bodies, for response bodies, for the schemas of API and
/// configuration file, for the export, the differences and the reference. Fields are in the order of the response;
/// defaults are those of the record itself.
/// </summary>
/// <param name="blank">An entity with the defaults only.</param>
internal sealed class FieldTable<T, C>(string name, string about, T blank, IReadOnlyList<Field<T, C>> fields) : FieldTable(name, about)
{
    public T Blank => blank;

    public override IReadOnlyList<Field> Declared { get; } = [.. fields.Select(f => f.Described(blank))];

    /// <summary>Returns the entity with the values of the body, and records every error in the body.</summary>
    /// <param name="entity">Keeps its value for every field that the body lacks.</param>
    /// <param name="use">The place, which determines the fields. A create request must have the required ones.</param>
    public T Read(JsonBody body, T entity, FieldUse use, C context)
    {
        foreach (var field in fields.Where(f => f.Use.HasFlag(use)))
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
        from field in fields
        where field.Use.HasFlag(use)
        let value = field.Write(entity, context, use)
        where value is not null
        select KeyValuePair.Create(field.Name, (JsonNode?)value));

    /// <summary>Returns an entity made of the examples, for the documents that show one.</summary>
    public T Sample(C context) => Read(JsonBody.Of(Examples(FieldUse.Create)), Blank, FieldUse.Create, context);

    /// <summary>Returns the declared examples as a body.</summary>
    public JsonObject Examples(FieldUse use) => new(
        from field in fields
        where field.Use.HasFlag(use) && field.Example is not null
        select KeyValuePair.Create(field.Name, JsonNode.Parse(field.Example!)));
}

/// <summary>Declares fields of <typeparamref name="T"/>.</summary>
internal static class FieldsOf<T, C>
{
    /// <param name="check">Returns the error of an invalid value, or null.</param>
    public static Field<T, C> Stored<V>(
        string name, FieldKind<V> kind, Func<T, V> get, Func<T, V, T> set, string words = "", Func<V, C, string?>? check = null) =>
        Stored(name, kind, get, (entity, value, _) => set(entity, value), words, check);

    /// <inheritdoc cref="Stored{V}(string, FieldKind{V}, Func{T, V}, Func{T, V, T}, string, Func{V, C, string})"/>
    public static Field<T, C> Stored<V>(
        string name, FieldKind<V> kind, Func<T, V> get, Func<T, V, C, T> set, string words = "", Func<V, C, string?>? check = null) =>
        new(name, words, kind.Shape)
        {
            Write = (entity, _, use) => kind.Write(get(entity), use),
            Default = blank => kind.Write(get(blank), FieldUse.Create),
            Reading = (body, entity, blank, nullLeaves, context) =>
            {
                if (!body.Has(name))
                {
                    return entity;
                }

                if (kind.Read(body, name, get(entity)) is not { Value: var value })
                {
                    return nullLeaves || body.IsWrong(name) ? entity : set(entity, get(blank), context);
                }

                if (check?.Invoke(value, context) is { } what)
                {
                    body.Wrong(name, what);
                    return entity;
                }

                return set(entity, value, context);
            },
        };

    public static Field<T, C> Shown<V>(string name, FieldKind<V> kind, Func<T, V> get, string words = "") =>
        Shown(name, kind, (entity, _) => get(entity), words);

    public static Field<T, C> Shown<V>(string name, FieldKind<V> kind, Func<T, C, V> get, string words = "") =>
        new(name, words, kind.Shape) { Use = FieldUse.Response, Write = (entity, context, use) => kind.Write(get(entity, context), use) };
}
