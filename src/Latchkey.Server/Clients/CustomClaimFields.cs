using System.Text.Json.Nodes;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;
using Declare = Latchkey.Server.Fields.FieldsOf<Latchkey.Server.Clients.CustomClaim, Latchkey.Server.Clients.ClientContext?>;

namespace Latchkey.Server.Clients;

/// <summary>The fields of a custom claim, which is a part of a client.</summary>
internal static class CustomClaimFields
{
    private const int MaxClaims = 50;
    private const int MaxKeyLength = 128;

    public static readonly FieldTable<CustomClaim, ClientContext?> Table = new(
        "CustomClaim",
        "",
        new("", ""),
        [
            Declare.Stored("key", FieldKinds.Required(MaxKeyLength), c => c.Key, (c, v) => c with { Key = v }) with { IsRequired = true },
            Declare.Stored("value", FieldKinds.Text(Resource.MaxTextLength) with { IsOptional = false, ShowsDefault = false },
                c => c.Value, (c, v) => c with { Value = v ?? "" }),
        ]);

    public static FieldKind<IReadOnlyList<CustomClaim>?> List { get; } = new(
        Read,
        (claims, use) => claims is null ? null : new JsonArray([.. claims.Select(c => Table.Write(c, null, use))]),
        use => new()
        {
            ["type"] = FieldKinds.Array(["array", "null"]),
            ["maxItems"] = MaxClaims,
            ["items"] = use == FieldUse.File ? new() { ["$ref"] = "#/$defs/custom_claim" } : Table.RequestSchema(FieldUse.Create),
        },
        $$"""{"type":"array","items":{{FieldKinds.Reference(Table)}}}""")
    { IsOptional = true, Part = Table, Control = new FieldControl.Rows(Table, MaxClaims) };

    private static FieldValue<IReadOnlyList<CustomClaim>?>? Read(JsonBody body, string name, IReadOnlyList<CustomClaim>? former) =>
        FieldKinds.ReadParts<CustomClaim>(
            body, name, MaxClaims, "must be an array of {key, value}",
            element =>
            {
                var entry = JsonBody.Of(element);
                return (Table.Read(entry, Table.Blank, FieldUse.Create, null), entry.Validate());
            },
            (claim, earlier) => earlier.Exists(c => c.Key == claim.Key) ? $"contains {OAuthError.Printable(claim.Key)} twice" : null)
        is { } claims ? new(claims.Count > 0 ? claims : null) : null;
}
