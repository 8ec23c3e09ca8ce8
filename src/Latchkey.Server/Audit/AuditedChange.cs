using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Latchkey.Server.Audit;

/// <summary>A change about to be made, with its actor. <see cref="AuditLog"/> records it in the same transaction.</summary>
/// <param name="Detail">A JSON object.</param>
internal sealed record AuditedChange(Actor Actor, string Action, string Target, string Detail = "{}")
{
    /// <summary>A longer string, such as an image, is recorded by its hash.</summary>
    private const int MaxShown = 4096;

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Members that are left out of the detail, because the entry itself has the target and the time.</summary>
    private static readonly string[] Omitted = ["id", "created_at", "updated_at"];

    /// <summary>The detail, with the reason of an operator who gave one.</summary>
    public string DetailWithReason => Actor is not Actor.Operator { Reason: { } reason } ? Detail : Write(writer =>
    {
        using var detail = JsonDocument.Parse(Detail);
        foreach (var member in detail.RootElement.EnumerateObject().Where(m => !m.NameEquals("reason")))
        {
            member.WriteTo(writer);
        }

        writer.WriteString("reason", reason);
    });

    public static AuditedChange Created<T>(Actor actor, string kind, string target, T after, JsonTypeInfo<T> json) =>
        new(actor, $"{kind}.created", target, Members(after, json));

    public static AuditedChange Deleted<T>(Actor actor, string kind, string target, T before, JsonTypeInfo<T> json) =>
        new(actor, $"{kind}.deleted", target, Members(before, json));

    /// <summary>Records only the members that differ: <c>{"name": {"from": …, "to": …}}</c>.</summary>
    public static AuditedChange Changed<T>(Actor actor, string kind, string target, T before, T after, JsonTypeInfo<T> json)
    {
        var old = MembersOf(before, json);
        var current = MembersOf(after, json);
        return new(actor, $"{kind}.changed", target, Write(writer =>
        {
            foreach (var name in old.Keys.Union(current.Keys, StringComparer.Ordinal))
            {
                JsonElement? from = old.TryGetValue(name, out var was) ? was : null;
                JsonElement? to = current.TryGetValue(name, out var now) ? now : null;
                if (from?.GetRawText() == to?.GetRawText())
                {
                    continue;
                }

                writer.WritePropertyName(name);
                if (IsConfidential(name))
                {
                    writer.WriteStringValue("changed");
                    continue;
                }

                var (shownFrom, shownTo) = (Shown(from), Shown(to));
                if (shownFrom?.ToJsonString() == shownTo?.ToJsonString())
                {
                    // Only a secret within the member is another one.
                    writer.WriteStringValue("changed");
                    continue;
                }

                writer.WriteStartObject();
                WriteValue(writer, "from", shownFrom);
                WriteValue(writer, "to", shownTo);
                writer.WriteEndObject();
            }
        }));
    }

    /// <summary>Returns a detail of string members.</summary>
    public static string Of(params IReadOnlyList<(string Member, string Value)> members) => Write(writer =>
    {
        foreach (var (member, value) in members)
        {
            writer.WriteString(member, value);
        }
    });

    private static string Members<T>(T document, JsonTypeInfo<T> json) => Write(writer =>
    {
        foreach (var (name, value) in MembersOf(document, json))
        {
            if (!IsConfidential(name))
            {
                WriteValue(writer, name, Shown(value));
            }
        }
    });

    private static Dictionary<string, JsonElement> MembersOf<T>(T document, JsonTypeInfo<T> json) =>
        JsonSerializer.SerializeToElement(document, json).EnumerateObject().Where(m => !Omitted.Contains(m.Name, StringComparer.Ordinal))
            .ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal);

    /// <summary>The value without secrets and their hashes, at any depth.</summary>
    private static JsonNode? Shown(JsonElement? value) => value is not { } element ? null : element.ValueKind switch
    {
        JsonValueKind.Object => new JsonObject(element.EnumerateObject().Where(m => !IsConfidential(m.Name))
            .Select(m => KeyValuePair.Create(m.Name, Shown(m.Value)))),
        JsonValueKind.Array => new JsonArray([.. element.EnumerateArray().Select(e => Shown(e))]),
        JsonValueKind.String when element.GetString() is { Length: > MaxShown } text =>
            JsonValue.Create(
                $"{text.Length} characters, SHA-256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}"),
        _ => JsonValue.Create(element),
    };

    /// <summary>Secrets and their hashes are left out: they would only help an attacker who reads the log.</summary>
    private static bool IsConfidential(string member) => member.Contains("secret", StringComparison.Ordinal)
        || member.Contains("hash", StringComparison.Ordinal) || member.EndsWith("_token", StringComparison.Ordinal);

    private static void WriteValue(Utf8JsonWriter writer, string name, JsonNode? value)
    {
        writer.WritePropertyName(name);
        if (value is not null)
        {
            value.WriteTo(writer);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static string Write(Action<Utf8JsonWriter> members)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Readable))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
