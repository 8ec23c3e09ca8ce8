using System.Collections.Frozen;
using Latchkey.Server.Fields;

namespace Latchkey.Server.Dashboard.Forms;

/// <summary>
/// The words of every field that a form can show, by its table. A field without words is shown with its name; a test finds it
/// (<c>Forms_of_field_tables</c>).
/// </summary>
internal static class FormTexts
{
    /// <summary>Fields that no form shows: the API alone takes them.</summary>
    public static readonly FrozenSet<string> NotShown = new[]
    {
        "Resource.resource_type", "Resource.custom_connection_settings", "Scope.id", "ApiClient.jwks",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, FormText> Texts =
        new[] { ServerTexts.All, LoginPageTexts.All, ClientTexts.All, WebhookTexts.All }
            .SelectMany(all => all).ToFrozenDictionary(StringComparer.Ordinal);

    public static bool Has(FieldTable table, string field) => Texts.ContainsKey($"{table.Name}.{field}");

    public static FormText Of(FieldTable table, Field field) =>
        Texts.GetValueOrDefault($"{table.Name}.{field.Name}", new FormText(field.Name, field.Words));
}
