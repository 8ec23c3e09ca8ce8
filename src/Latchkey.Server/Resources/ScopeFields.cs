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
            Declare.Stored("group", FieldKinds.NameIfAny(ResourceScope.MaxGroupLength), s => s.Group, (s, v) => s with { Group = v },
                "The heading above the scope on the consent page."),
            Declare.Stored("optional", FieldKinds.BooleanIfAny, s => s.IsOptional, (s, v) => s with { IsOptional = v },
                "true lets the user untick the scope, false does not. Absent or null: scopes_can_be_unticked of the resource."),
            Declare.Stored("sensitive", FieldKinds.Boolean, s => s.IsSensitive, (s, v) => s with { IsSensitive = v },
                "true offers the scope apart from the others and unticked, so that the user has to choose it."),
        ]);

    /// <summary>Each entry is a name, or an object. A scope that stays keeps its id, and the members that are not given.</summary>
    public static FieldKind<IReadOnlyList<ResourceScope>> List { get; } = new(
        Read,
        (scopes, use) => new JsonArray([.. scopes.Select(s => Table.Write(s, null, use))]),
        RequestSchema,
        $$"""{"type":"array","items":{{FieldKinds.Reference(Table)}}}""")
    { Part = Table, Control = new FieldControl.Rows(Table, Resource.MaxScopes) };

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

    private static FieldValue<IReadOnlyList<ResourceScope>>? Read(JsonBody body, string name, IReadOnlyList<ResourceScope> former) =>
        FieldKinds.ReadParts<ResourceScope>(
            body, name, Resource.MaxScopes, "must be an array",
            element =>
            {
                if (element.ValueKind == JsonValueKind.String)
                {
                    return (Named(element.GetString()!, former), null);
                }

                var entry = JsonBody.Of(element);
                var present = Named(entry.Text("name", Scope.MaxTokenLength) ?? "", former);
                return (Table.Read(entry, present, FieldUse.Create, null), entry.Validate());
            },
            (scope, earlier) =>
                !Scope.IsToken(scope.Name) ? "must have names of printable ASCII without spaces, quotes and backslashes"
                : Scope.IsProtocol(scope.Name) ? $"contains {scope.Name}, which belongs to the protocol"
                : earlier.Exists(s => s.Name == scope.Name) ? $"contains {scope.Name}, which occurs twice"
                : scope is { IsSensitive: true, IsOptional: false }
                    ? $"contains {scope.Name}, which is sensitive and therefore cannot have optional false"
                : null)
        is { } scopes ? new(scopes) : null;

    private static ResourceScope Named(string name, IReadOnlyList<ResourceScope> former) =>
        (former.FirstOrDefault(s => s.Name == name) ?? new(ScopeId.New(), name, name, IsEnabled: true)) with { IsEnabled = true };
}
