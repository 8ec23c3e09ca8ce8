using System.Text;

namespace Fuzz.Requests;

/// <summary>
/// One mutation of a request with its own random generator: when it is removed from a list, the others stay the same. This makes it
/// possible to minimize a failure.
/// </summary>
/// <param name="Seed">The seed of its generator.</param>
internal readonly record struct Mutation(ulong Seed)
{
    /// <summary>The mutations, weighted by how often each is in the list. One that finds nothing to change is drawn again.</summary>
    private static readonly Func<RequestDraft, SeededRandom, TestData, string?>[] All =
    [
        FieldMutations.Replace, FieldMutations.Replace, FieldMutations.Replace, FieldMutations.Tweak, FieldMutations.Tweak,
        FieldMutations.Drop, FieldMutations.Double, FieldMutations.Rename, FieldMutations.Add, FieldMutations.Swap, FieldMutations.Reencode,
        FieldMutations.Move, JsonMutations.Replace, JsonMutations.Replace, JsonMutations.Replace, JsonMutations.Replace, JsonMutations.Drop,
        JsonMutations.Add, JsonMutations.Swap, JsonMutations.DoubleMember, JsonMutations.EditText, HeadMutations.ChangeMethod,
        HeadMutations.ChangePath, HeadMutations.ChangePath, HeadMutations.ChangeId, HeadMutations.ChangeId, HeadMutations.ChangeHeader,
        HeadMutations.AddHeader, HeadMutations.AddHeader, HeadMutations.ChangeType, HeadMutations.EditBytes, BodyMutations.EditBytes,
        BodyMutations.EditBytes, BodyMutations.ChangeEncoding, BodyMutations.ChangeLength, BodyMutations.ChangeKind,
    ];

    /// <returns>A description of the change.</returns>
    public string Apply(RequestDraft draft, TestData testData)
    {
        var random = new SeededRandom(Seed);
        for (var tries = 0; tries < 40; tries++)
        {
            if (random.Pick(All)(draft, random, testData) is { } change)
            {
                return change;
            }
        }

        return "nothing";
    }

    public static string Shown(string text) => text.Length <= 80 ? Escaped(text) : $"{Escaped(text[..60])}… ({text.Length} characters)";

    public static string Escaped(string text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            shown.Append(character is >= ' ' and <= '~' and not '\\'
                ? character.ToString()
                : character == '\\' ? "\\\\" : character <= 0xff ? $"\\x{(int)character:x2}" : $"\\u{(int)character:x4}");
        }

        return shown.ToString();
    }
}

/// <summary>Mutations of the fields of a query or a form.</summary>
internal static class FieldMutations
{
    public static string? Replace(RequestDraft draft, SeededRandom random, TestData testData) =>
        Change(draft, random, (_, field) => field with { Value = HostileInput.Text(random, testData, field.Name), IsRaw = false });

    public static string? Tweak(RequestDraft draft, SeededRandom random, TestData testData) =>
        Change(draft, random, (_, field) => field with { Value = Tweaked(field.Value, random) });

    public static string? Rename(RequestDraft draft, SeededRandom random, TestData testData) =>
        Change(draft, random, (_, field) => field with
        {
            Name = random.Below(4) switch
            {
                0 => field.Name.ToUpperInvariant(),
                1 => field.Name + "[]",
                2 => HostileInput.Parameter(random),
                _ => HostileInput.Text(random, testData),
            },
            IsRaw = false,
        });

    public static string? Reencode(RequestDraft draft, SeededRandom random, TestData testData) =>
        Change(draft, random, (_, field) => field with
        {
            IsRaw = true,
            Value = random.Below(7) switch
            {
                0 => string.Concat(Encoding.UTF8.GetBytes(field.Value).Select(b => $"%{b:x2}")),
                1 => Uri.EscapeDataString(Uri.EscapeDataString(field.Value)),
                2 => Uri.EscapeDataString(field.Value)
                    + random.Pick(new[] { "%", "%4", "%zz", "%00", "%c3", "%ed%a0%80", "%c0%ae", "%ff", "%f4%90%80%80", "%EF%BB%BF" }),
                3 => random.Pick(new[] { "%c0%ae", "%ed%a0%80", "%ff%fe", "%00" }) + Uri.EscapeDataString(field.Value),
                4 => field.Value.Replace(' ', '+'),
                5 => Uri.EscapeDataString(field.Value).Replace("%20", "+", StringComparison.Ordinal),
                _ => field.Value,
            },
        });

    public static string? Drop(RequestDraft draft, SeededRandom random, TestData testData)
    {
        if (Some(draft, random) is not { } fields)
        {
            return null;
        }

        var gone = random.Pick(fields);
        fields.Remove(gone);
        return $"without {gone.Name}";
    }

    public static string? Double(RequestDraft draft, SeededRandom random, TestData testData)
    {
        if (Some(draft, random) is not { } fields)
        {
            return null;
        }

        var field = random.Pick(fields);
        var twin = random.OneIn(2) ? field : field with { Value = HostileInput.Text(random, testData, field.Name), IsRaw = false };
        for (var times = twin.Value.Length < 100 && random.OneIn(20) ? 1_100 : 1; times > 0; times--)
        {
            fields.Insert(random.Below(fields.Count + 1), twin);
        }

        return $"{field.Name} again: {Mutation.Shown(twin.Value)}";
    }

    public static string? Add(RequestDraft draft, SeededRandom random, TestData testData)
    {
        var fields = draft.Form is { } form && random.OneIn(2) ? form : draft.Query;
        var field = new Field(HostileInput.Parameter(random), HostileInput.Text(random, testData));
        fields.Insert(random.Below(fields.Count + 1), field);
        return $"with {field.Name}={Mutation.Shown(field.Value)}";
    }

    public static string? Swap(RequestDraft draft, SeededRandom random, TestData testData)
    {
        if (Some(draft, random) is not { Count: > 1 } fields)
        {
            return null;
        }

        var (one, other) = (random.Below(fields.Count), random.Below(fields.Count));
        (fields[one], fields[other]) = (fields[one] with { Value = fields[other].Value }, fields[other] with { Value = fields[one].Value });
        return $"{fields[one].Name} and {fields[other].Name} exchanged";
    }

    /// <summary>From the body to the URL or back.</summary>
    public static string? Move(RequestDraft draft, SeededRandom random, TestData testData)
    {
        var (from, to) = random.OneIn(2) ? (draft.Form, draft.Query) : (draft.Query, draft.Form);
        if (from is not { Count: > 0 } || to is null)
        {
            return null;
        }

        var field = random.Pick(from);
        from.Remove(field);
        to.Add(field);
        return $"{field.Name} moved between URL and body";
    }

    /// <summary>Makes one small change.</summary>
    public static string Tweaked(string text, SeededRandom random)
    {
        var at = random.Below(text.Length + 1);
        return random.Below(9) switch
        {
            0 => text.Insert(at, ((char)random.Below(0x180)).ToString()),
            1 when at < text.Length => text.Remove(at, 1),
            2 when at < text.Length => text[..at] + (char)(text[at] ^ (1 << random.Below(7))) + text[(at + 1)..],
            3 => text[..at],
            4 => text + random.Pick(new[] { " ", "/", "\0", ".", "?", "#", "\t", "\r\n", "=", "%20", "é" }),
            5 => random.Pick(new[] { " ", "/", "\0", "\ufeff", "\n" }) + text,
            6 => random.OneIn(2) ? text.ToUpperInvariant() : text.ToLowerInvariant(),
            7 => text + text,
            _ => text.Insert(at, random.Pick(HostileInput.Markers)),
        };
    }

    private static string? Change(RequestDraft draft, SeededRandom random, Func<SeededRandom, Field, Field> change)
    {
        if (Some(draft, random) is not { } fields)
        {
            return null;
        }

        var at = random.Below(fields.Count);
        var before = fields[at];
        fields[at] = change(random, before);
        return $"{before.Name}={Mutation.Shown(before.Value)} became "
            + $"{Mutation.Shown(fields[at].Name)}={Mutation.Shown(fields[at].Value)}{(fields[at].IsRaw ? " unencoded" : "")}";
    }

    /// <summary>The fields of the query or the form, or null without fields.</summary>
    private static List<Field>? Some(RequestDraft draft, SeededRandom random)
    {
        var (first, second) = random.OneIn(2) ? (draft.Query, draft.Form) : (draft.Form, draft.Query);
        return first is { Count: > 0 } ? first : second is { Count: > 0 } ? second : null;
    }
}
