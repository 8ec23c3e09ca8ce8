using System.Text;
using System.Text.Json.Nodes;

namespace Fuzz.Requests;

/// <summary>Mutations of a JSON body, of a client's metadata document, or of an assertion's claims.</summary>
internal static class JsonMutations
{
    private static readonly (string From, string To)[] Edits =
    [
        ("\"", "'"), ("\":", "\" : "), (":", "="), (",", ",,"), ("}", ",}"), ("]", ",]"), ("{", "{\"\":1,"), ("\"}", "\\ud800\"}"),
        ("\",", "\\udc00\\ud800\","), ("\",", "\\u0000\","), ("\",", "\\x\","), ("\",", "\n\","), ("true", "True"), ("{", "/* x */{"),
        ("{", "\ufeff{"), ("1", "01"), ("1", "+1"), ("1", "1."), ("1", "1e999"), ("}", "} {}"), ("}", "}\0"), ("[", "["), ("}", ""),
        ("{", ""),
    ];

    public static string? Replace(RequestDraft draft, SeededRandom random, TestData testData) =>
        Change(draft, random, (name, _) => HostileInput.Json(random, testData, name), "became");

    public static string? Swap(RequestDraft draft, SeededRandom random, TestData testData) =>
        Root(draft, random) is not { } root || Places(root).Count == 0
            ? null
            : Change(draft, random, (_, _) => random.Pick(Places(root)).Read()?.DeepClone(), "took the value of another:");

    public static string? Drop(RequestDraft draft, SeededRandom random, TestData testData)
    {
        if (Root(draft, random) is not { } root || Places(root).Where(p => p.Parent is JsonObject).ToList() is not { Count: > 0 } places)
        {
            return null;
        }

        var place = random.Pick(places);
        place.Parent.AsObject().Remove(place.Name);
        return $"without {place.Name}";
    }

    public static string? Add(RequestDraft draft, SeededRandom random, TestData testData)
    {
        if (Root(draft, random) is not JsonObject root)
        {
            return null;
        }

        var (name, value) = (HostileInput.Member(random), HostileInput.Json(random, testData));
        root[name] = value;
        return $"with {name}: {Mutation.Shown(value?.ToJsonString() ?? "null")}";
    }

    /// <summary>Repeats a member, which a tree cannot represent.</summary>
    public static string? DoubleMember(RequestDraft draft, SeededRandom random, TestData testData)
    {
        if (draft.Json is not JsonObject { Count: > 0 } body)
        {
            return null;
        }

        var name = random.Pick(body.Select(m => m.Key).ToList());
        var twin = $"{JsonValue.Create(name)!.ToJsonString()}:{HostileInput.Json(random, testData)?.ToJsonString() ?? "null"}";
        draft.BodyEdits.Add(
            bytes => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes) is ['{', .. var rest] ? $"{{{twin},{rest}" : twin));
        return $"{name} again: {Mutation.Shown(twin)}";
    }

    /// <summary>Edits the text so that it is not valid JSON, or only just.</summary>
    public static string? EditText(RequestDraft draft, SeededRandom random, TestData testData)
    {
        if (draft.Json is null)
        {
            return null;
        }

        var (from, to) = random.Pick(Edits);
        var ordinal = random.Below(12);
        draft.BodyEdits.Add(bytes => Encoding.UTF8.GetBytes(ReplaceOne(Encoding.UTF8.GetString(bytes), from, to, ordinal)));
        return $"the text: {Mutation.Escaped(from)} became {Mutation.Escaped(to)}";
    }

    private static string? Change(RequestDraft draft, SeededRandom random, Func<string, JsonNode?, JsonNode?> change, string how)
    {
        if (Root(draft, random) is not { } root)
        {
            return null;
        }

        if (Places(root) is not { Count: > 0 } places || random.OneIn(30))
        {
            var whole = change("", root);
            if (ReferenceEquals(root, draft.Json))
            {
                draft.Json = whole ?? JsonValue.Create("null");
            }

            return "the whole body is another";
        }

        var place = random.Pick(places);
        var value = change(place.Name, place.Read());
        place.Write(value);
        return $"{place.Name} {how} {Mutation.Shown(value?.ToJsonString() ?? "null")}";
    }

    private static JsonNode? Root(RequestDraft draft, SeededRandom random)
    {
        JsonNode?[] roots = [.. new[] { draft.Json, draft.Document, draft.Claims }.Where(r => r is not null)];
        return roots.Length == 0 ? null : random.Pick(roots);
    }

    /// <summary>Every value in the tree.</summary>
    private static List<Place> Places(JsonNode? node)
    {
        var places = new List<Place>();
        if (node is JsonObject members)
        {
            places.AddRange(members.Select(m => new Place(node, m.Key, 0)));
            places.AddRange(members.SelectMany(m => Places(m.Value)));
        }
        else if (node is JsonArray entries)
        {
            places.AddRange(Enumerable.Range(0, entries.Count).Select(i => new Place(node, $"entry {i}", i)));
            places.AddRange(entries.SelectMany(Places));
        }

        return places;
    }

    private static string ReplaceOne(string text, string from, string to, int ordinal)
    {
        var at = -1;
        for (var seen = 0; seen <= ordinal; seen++)
        {
            var next = text.IndexOf(from, at + 1, StringComparison.Ordinal);
            if (next < 0)
            {
                break;
            }

            at = next;
        }

        return at < 0 ? text + to : text[..at] + to + text[(at + from.Length)..];
    }

    private sealed record Place(JsonNode Parent, string Name, int Index)
    {
        public JsonNode? Read() => Parent is JsonObject members ? members[Name] : Parent[Index];

        public void Write(JsonNode? value)
        {
            if (Parent is JsonObject members)
            {
                members[Name] = value;
            }
            else
            {
                Parent[Index] = value;
            }
        }
    }
}
