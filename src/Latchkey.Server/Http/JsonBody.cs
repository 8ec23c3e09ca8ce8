using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Latchkey.Server.Http;

/// <summary>
/// The JSON object of a request, read member by member. Errors are collected by member, and a member that no reader asked for is unknown,
/// so that one response lists every error. In a PATCH, an absent member is unchanged and null sets the default;
/// <c>update_mask</c> is the form of protobuf for both.
/// </summary>
internal sealed class JsonBody
{
    public const int MaxLength = 256 * 1024;
    public const string UnknownMember = "is not a member of this request";
    public static readonly Problem TooLarge = new(413, "too_large", "The body may have at most 256 KiB.");
    public static readonly Problem NoObject = new(400, "invalid_json", "The body must be a JSON object.");
    private const int MaxDepth = 32;
    private static readonly JsonElement Null = JsonElement.Parse("null");

    private readonly Dictionary<string, JsonElement> members = new(StringComparer.Ordinal);
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string[]> errors = new(StringComparer.Ordinal);
    private Problem? unreadable;

    private JsonBody() { }

    /// <summary>The names of all members that this request can have.</summary>
    public IReadOnlyCollection<string> Known => taken;

    /// <summary>The names of the members that no reader asked for.</summary>
    public IEnumerable<string> Unknown => members.Keys.Where(name => !taken.Contains(name)).Order(StringComparer.Ordinal);

    /// <summary>Binds the parameter of a handler.</summary>
    public static async ValueTask<JsonBody?> BindAsync(HttpContext context) => await ReadAsync(context.Request, context.RequestAborted);

    public static async Task<JsonBody> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = new JsonBody();
        switch (await StrictJson.ReadAsync(request, MaxLength, MaxDepth, cancellationToken))
        {
            case StrictJson.Value value:
                body.Take(value.Root);
                body.Mask(HttpMethods.IsPatch(request.Method) ? request.Query["update_mask"] : StringValues.Empty);
                break;
            case StrictJson.TooLarge:
                body.unreadable = TooLarge;
                break;
            case StrictJson.Broken broken:
                body.unreadable = new(400, "invalid_json", broken.What);
                break;
        }

        return body;
    }

    /// <summary>Reads an optional body. An absent one is an empty object.</summary>
    public static Task<JsonBody> ReadIfAnyAsync(HttpRequest request, CancellationToken cancellationToken) =>
        request.ContentLength == 0 || request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }
            ? Task.FromResult(new JsonBody())
            : ReadAsync(request, cancellationToken);

    public static JsonBody Of(JsonObject members) => Of(JsonSerializer.SerializeToElement(members));

    /// <param name="mask">The names of the members to read. Empty for all.</param>
    public static JsonBody Of(JsonElement element, params IEnumerable<string> mask)
    {
        var body = new JsonBody();
        body.Take(element);
        body.Mask(new StringValues([.. mask]));
        return body;
    }

    /// <summary>Returns all errors, unknown members included, or null.</summary>
    public Problem? Validate()
    {
        foreach (var name in Unknown)
        {
            errors[name] = [UnknownMember];
        }

        return ValidateKnown();
    }

    /// <summary>Returns the errors of known members, or null, for requests that ignore unknown members.</summary>
    public Problem? ValidateKnown() => unreadable ?? (errors.Count > 0 ? Problem.Invalid(errors) : null);

    public void Wrong(string name, string what) => errors[name] = [what];

    public bool IsWrong(string name) => errors.ContainsKey(name);

    public void WrongIfNull(string name, string what)
    {
        if (members.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Null)
        {
            Wrong(name, what);
        }
    }

    public bool Has(string name)
    {
        taken.Add(name);
        return members.ContainsKey(name);
    }

    public string? Text(string name, int maxLength, bool required = false)
    {
        if (Find(name) is not { } value)
        {
            return required && unreadable is null ? Refuse<string>(name, "is required") : null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            return Refuse<string>(name, "must be a string");
        }

        // PostgreSQL cannot store U+0000 in text.
        var text = value.GetString()!;
        return text.Length > maxLength ? Refuse<string>(name, $"may have at most {maxLength} characters")
            : text.Contains('\0', StringComparison.Ordinal) ? Refuse<string>(name, "must not contain U+0000")
            : required && text.Length == 0 ? Refuse<string>(name, "is required")
            : text;
    }

    /// <summary>A string that is shown on one line.</summary>
    public string? Name(string name, int maxLength, bool required = false)
    {
        var text = Text(name, maxLength, required);
        return text?.Any(char.IsControl) == true ? Refuse<string>(name, "must not contain control characters") : text;
    }

    public bool? YesNo(string name) => Find(name) is not { } value ? null : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => RefuseValue<bool>(name, "must be true or false"),
    };

    /// <summary>An integer, as a JSON number or as a string of digits (the JSON form of a protobuf int64).</summary>
    public long? Number(string name, long min, long max)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        long number = 0;
        var isNumber = value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetInt64(out number),
            JsonValueKind.String =>
                long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number),
            _ => false,
        };
        return !isNumber ? RefuseValue<long>(name, "must be an integer")
            : number < min || number > max ? RefuseValue<long>(name, $"must be between {min} and {max}")
            : number;
    }

    /// <summary>A time: seconds since 1970, or an RFC 3339 string.</summary>
    public DateTimeOffset? Time(string name)
    {
        const long MaxUnixSeconds = 253_402_300_799;
        return Find(name) is { ValueKind: JsonValueKind.String } text
            && DateTimeOffset.TryParse(text.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var moment)
                ? moment
                : Number(name, 0, MaxUnixSeconds) is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
    }

    public IReadOnlyList<string>? Texts(string name, int maxCount, int maxLength)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(e => e.ValueKind != JsonValueKind.String))
        {
            return Refuse<IReadOnlyList<string>>(name, "must be an array of strings");
        }

        var texts = value.EnumerateArray().Select(e => e.GetString()!).ToList();
        return texts.Count > maxCount ? Refuse<IReadOnlyList<string>>(name, $"may have at most {maxCount} entries")
            : texts.Exists(t => t.Length > maxLength)
                ? Refuse<IReadOnlyList<string>>(name, $"may have entries of at most {maxLength} characters")
            : texts;
    }

    /// <summary>A JSON value of the given kind.</summary>
    public JsonElement? Element(string name, JsonValueKind kind, string what)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == kind ? value : RefuseValue<JsonElement>(name, what);
    }

    private void Take(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            unreadable = NoObject;
            return;
        }

        foreach (var member in element.EnumerateObject())
        {
            if (!members.TryAdd(member.Name, member.Value))
            {
                errors[member.Name] = ["occurs twice"];
            }
        }
    }

    /// <summary>
    /// Applies a field mask: a member that it names and the body lacks gets its default; a member that it does not name is ignored.
    /// Protobuf's JSON spells masks in lowerCamelCase.
    /// </summary>
    private void Mask(StringValues mask)
    {
        var names = mask.OfType<string>()
            .SelectMany(m => m.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Select(name => string.Concat(name.Select(c => char.IsAsciiLetterUpper(c) ? $"_{char.ToLowerInvariant(c)}" : c.ToString())))
            .ToHashSet(StringComparer.Ordinal);
        if (names.Count == 0)
        {
            return;
        }

        foreach (var name in members.Keys.Where(name => !names.Contains(name)).ToList())
        {
            members.Remove(name);
        }

        foreach (var name in names.Where(name => !members.ContainsKey(name)))
        {
            members[name] = Null;
        }
    }

    /// <summary>Returns the value of the member, or null when it is absent or JSON null.</summary>
    private JsonElement? Find(string name)
    {
        taken.Add(name);
        return members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private T? Refuse<T>(string name, string what)
        where T : class
    {
        errors[name] = [what];
        return null;
    }

    private T? RefuseValue<T>(string name, string what)
        where T : struct
    {
        errors[name] = [what];
        return null;
    }
}
