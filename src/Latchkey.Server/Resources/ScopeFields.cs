using System.Text.Json;
using System.Text.Json.Nodes;
using Latchkey.Server.Fields;
using Declare = Latchkey.Server.Fields.FieldsOf<Latchkey.Server.Resources.ResourceScope, Latchkey.Server.Resources.Resource?>;

namespace Latchkey.Server.Resources;

/// <summary>The fields of a scope, which is a part of a resource.</summary>
internal static class ScopeFields
{
    public static readonly FieldTable<ResourceScope, Resource?> Table = new(
        "Scope",
        "",
        new(default, "", "", IsEnabled: true),
        [
            Declare.Stored("id", Id, s => s.Id.Value, (s, _) => s, "Set by the server; ignored in requests.")
                with { Use = FieldUse.Request | FieldUse.Response },
            Declare.Stored("name", FieldKinds.Required(Scope.MaxTokenLength), s => s.Name, (s, v) => s with { Name = v })
                with { IsRequired = true },
            Declare.Stored("description", FieldKinds.Text(Resource.MaxTextLength) with { IsOptional = false }, s => s.Description,
                (s, v) => s with { Description = v! }, "The text on the consent page.") with { NullLeaves = true },
            Declare.Stored("enabled", FieldKinds.Boolean, s => s.IsEnabled, (s, v) => s with { IsEnabled = v }),
            Declare.Stored("access",
                FieldKinds.ChoiceIfAny(
                    "must be one of read, write, delete", ("read", ScopeAccess.Read), ("write", ScopeAccess.Write),
                    ("delete", ScopeAccess.Delete)),
                s => s.Access, (s, v) => s with { Access = v },
                "What a client can do with the scope. The scopes with read are the default_scopes of a resource that sets none."),
        ]);

    /// <summary>Each entry is a name, or an object. A scope that stays keeps its id, and its description and access when
    /// none is given.</summary>
    public static FieldKind<IReadOnlyList<ResourceScope>> List { get; } = new(
        Read,
        (scopes, use) => new JsonArray([.. scopes.Select(s => Table.Write(s, null, use))]),
        RequestSchema,
        $$"""{"type":"array","items":{{FieldKinds.Reference(Table)}}}""")
    { Part = Table };

    private static FieldKind<string> Id => FieldKinds.Shown with { Request = _ => FieldKinds.Schema("""{"type":"string"}""") };

    private static JsonObject RequestSchema(FieldUse use)
    {
        var entry = use == FieldUse.File ? new() { ["$ref"] = "#/$defs/scope" } : Table.RequestSchema(FieldUse.Create);
        return new()
        {
            ["type"] = FieldKinds.Array(["array", "null"]),
            ["maxItems"] = Resource.MaxScopes,
            ["items"] = new JsonObject { ["anyOf"] = new JsonArray(FieldKinds.Required(Scope.MaxTokenLength).Request(use), entry) },
        };
    }

    private static bool Read(JsonBody body, string name, IReadOnlyList<ResourceScope> former, out IReadOnlyList<ResourceScope> value)
    {
        var scopes = new List<ResourceScope>();
        value = scopes;
        if (body.Element(name, JsonValueKind.Array, "must be an array") is not { } array)
        {
            return false;
        }

        if (array.GetArrayLength() > Resource.MaxScopes)
        {
            body.Wrong(name, $"may have at most {Resource.MaxScopes} entries");
            return false;
        }

        foreach (var element in array.EnumerateArray())
        {
            var entry = element.ValueKind == JsonValueKind.String ? null : JsonBody.Of(element);
            var scope = entry is null
                ? Named(element.GetString()!, former)
                : Table.Read(entry, Named(entry.Text("name", Scope.MaxTokenLength) ?? "", former), FieldUse.Create, null);
            if (entry?.Validate() is { } problem)
            {
                body.Wrong(name, problem.Detail.TrimEnd('.'));
            }
            else if (!Scope.IsToken(scope.Name))
            {
                body.Wrong(name, "must have names of printable ASCII without spaces, quotes and backslashes");
            }
            else if (Scope.IsProtocol(scope.Name) || scopes.Exists(s => s.Name == scope.Name))
            {
                body.Wrong(
                    name, $"contains {scope.Name}, which {(Scope.IsProtocol(scope.Name) ? "belongs to the protocol" : "occurs twice")}");
            }

            scopes.Add(scope);
        }

        return true;
    }

    private static ResourceScope Named(string name, IReadOnlyList<ResourceScope> former) =>
        (former.FirstOrDefault(s => s.Name == name) ?? new(ScopeId.New(), name, name, IsEnabled: true)) with { IsEnabled = true };
}
