using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Latchkey.Server.Fields;
using Declare = Latchkey.Server.Fields.FieldsOf<
    Latchkey.Server.Credentials.ClientSecret,
    System.Collections.Generic.IReadOnlyDictionary<string, System.DateTimeOffset>>;

namespace Latchkey.Server.Credentials;

/// <summary>The fields of a client's secret. The context has the last use of each secret.</summary>
internal static class SecretFields
{
    public const string Active = "ACTIVE";
    public const string Inactive = "INACTIVE";

    public static readonly FieldTable<ClientSecret, IReadOnlyDictionary<string, DateTimeOffset>> Table = new(
        "Secret",
        "",
        new(default, [], "", default, ExpiresAt: null),
        [
            Declare.Shown("id", FieldKinds.Shown, s => s.Id.Value),
            Declare.Shown("secret_suffix", FieldKinds.Shown, s => s.Suffix, "The last four characters, to tell secrets apart."),
            Declare.Shown("status", FieldKinds.Shown, s => s.IsActive ? Active : Inactive),
            Declare.Shown("create_time", FieldKinds.ShownTime, s => s.CreatedAt),
            Declare.Shown("update_time", FieldKinds.ShownTimeIfAny, s => s.UpdatedAt ?? s.CreatedAt),
            Declare.Shown("expire_time", FieldKinds.ShownTimeIfAny, s => s.ExpiresAt),
            Declare.Shown("last_used_time", FieldKinds.ShownTimeIfAny, LastUse, "The last use, exact to one hour. Absent: never used."),
        ]);

    public static JsonArray Write(IEnumerable<ClientSecret> secrets, IReadOnlyDictionary<string, DateTimeOffset> uses) =>
        new([.. secrets.Select(s => Table.Write(s, uses))]);

    private static DateTimeOffset? LastUse(ClientSecret secret, IReadOnlyDictionary<string, DateTimeOffset> uses) =>
        uses.TryGetValue(secret.Id.Value, out var used) ? used : null;
}

/// <summary>A secret as responses show it.</summary>
[JsonConverter(typeof(FieldBodyJson<SecretBody>))]
internal sealed class SecretBody(ClientSecret secret, IReadOnlyDictionary<string, DateTimeOffset> uses)
    : FieldBody<ClientSecret, IReadOnlyDictionary<string, DateTimeOffset>>(SecretFields.Table, secret, uses);
