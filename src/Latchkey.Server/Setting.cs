using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Latchkey.Server.Network;
using Latchkey.Server.Storage;

namespace Latchkey.Server;

/// <summary>Reads a value from its text. Returns null or the error: the rest of a sentence that begins with the key.</summary>
internal delegate string? ValueReader<T>(string text, out T value);

/// <summary>
/// One line of <see cref="SettingsTable"/>. It is the only declaration of a setting besides the member of <see cref="Settings"/>. The
/// reader, <c>GET /api/v1/settings</c>, its OpenAPI schema and docs/reference/settings.md are made from it.
/// </summary>
internal sealed partial record Setting
{
    private const int MaxNumber = 1_000_000;
    private static readonly Settings Defaults = new();

    private readonly Func<Settings, string, (Settings Settings, string? Error)> read;
    private readonly Func<Settings, JsonNode?> show;
    private Func<Settings, TimeSpan>? duration;

    private Setting(
        string key, string type, string description, Func<Settings, string, (Settings Settings, string? Error)> read,
        Func<Settings, JsonNode?> show) =>
        (Key, Type, Description, this.read, this.show) = (key, type, description, read, show);

    /// <summary>The key below the section <c>Latchkey</c>, for example <c>RateLimits:Enabled</c>.</summary>
    public string Key { get; }

    /// <summary>The type with its bounds, for the reference.</summary>
    public string Type { get; init; }

    /// <summary>What the setting does, for the reference: the rest of a sentence, without a full stop.</summary>
    public string Description { get; }

    /// <summary>The value is a secret or may contain one. No message repeats it and the API does not show it.</summary>
    public bool IsSecret { get; init; }

    /// <summary>A secret whose file the server needs again: the value stays <c>file:</c> with the absolute path.</summary>
    public bool KeepsFile { get; init; }

    /// <summary>The API shows only whether the value is not the default, as for paths and internal addresses.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>The part of a secret that the API may show, for example the kind of the storage.</summary>
    public Func<Settings, JsonNode?>? PublicPart { get; init; }

    /// <summary>Replaces the default in the reference where the value alone is not clear.</summary>
    public string? DefaultInWords { get; init; }

    /// <summary>The JSON type in the API: string, integer, number or boolean.</summary>
    public string JsonType { get => ShowsPresence ? "boolean" : field; init; } = "string";

    public string EnvironmentVariable => $"{SettingsSources.Section}__{Key.Replace(":", "__", StringComparison.Ordinal)}";

    /// <summary>The name of the member of <c>GET /api/v1/settings</c>.</summary>
    public string ApiName =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(Key.Replace(":", "", StringComparison.Ordinal)) + (ShowsPresence ? "_is_set" : "");

    public string ApiDescription => ShowsPresence ? $"Whether {Key} is set." : $"{Description.Replace("`", "", StringComparison.Ordinal)}.";

    public string Default => DefaultInWords ?? show(Defaults)?.ToString() switch
    {
        null => "none",
        var text => $"`{text}`",
    };

    /// <summary>True when the member is always in the response: values without a default are left out when they are not set.</summary>
    public bool IsAlwaysShown => ShowInApi(Defaults) is not null;

    private bool ShowsPresence => PublicPart is null && (IsSecret || IsPrivate);

    /// <summary>Returns the settings with this value. When the text is invalid, adds a sentence to <paramref name="errors"/>.</summary>
    /// <param name="settings">They have the data directory already: relative paths are below it.</param>
    public Settings Read(Settings settings, string text, List<string> errors)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            // No path, and no text for PostgreSQL, may have one.
            errors.Add($"{Key} contains a NUL character. Remove it.");
            return settings;
        }

        if (IsSecret && text.StartsWith(SettingFile.Prefix, StringComparison.Ordinal))
        {
            try
            {
                var file = settings.InDataDirectory(text[SettingFile.Prefix.Length..]);
                var content = SettingFile.ReadText(Key, file);
                text = KeepsFile ? SettingFile.Prefix + file : content;
            }
            catch (UnusableSetting unreadable)
            {
                errors.Add(unreadable.Message);
                return settings;
            }
        }

        var (changed, error) = read(settings, text);
        if (error is null)
        {
            return changed;
        }

        // No reader of a secret repeats it. This holds for the reader of the next secret too.
        errors.Add(IsSecret && error.Contains(text, StringComparison.Ordinal) ? $"{Key} cannot be read." : $"{Key} {error}.");
        return settings;
    }

    /// <summary>The value of a secret, to remove it from texts. Null when it is not set.</summary>
    public string? SecretOf(Settings settings) => IsSecret ? show(settings)?.ToString() : null;

    /// <summary>The value in force as an operator may see it on the machine: a secret is only said to be set.</summary>
    public string Shown(Settings settings) =>
        PublicPart is { } part ? part(settings)?.ToString() ?? ""
        : show(settings)?.ToString() is not { } value ? ""
        : IsSecret ? "(set)"
        : duration is { } lasts ? $"{lasts(settings):c}"
        : value;

    /// <summary>Returns the value as the API shows it, or null when it is not set.</summary>
    public JsonNode? ShowInApi(Settings settings) =>
        PublicPart is { } part ? part(settings)
        : ShowsPresence ? JsonValue.Create(show(settings)?.ToString() != show(Defaults)?.ToString())
        : show(settings);

    public static Setting String(
        string key, string description, Func<Settings, string?> get, Func<Settings, string, Settings> set,
        ValueReader<string>? reader = null) =>
        new(key, "string", description, Reading(reader ?? ReadString, set), settings =>
            get(settings) is { } value ? JsonValue.Create(value) : null);

    /// <summary>A file. A relative path is below the data directory.</summary>
    public static Setting File(
        string key, string description, Func<Settings, string?> get, Func<Settings, string, Settings> set) =>
        new(key, "path, relative to the data directory", description, (settings, text) =>
            (set(settings, settings.InDataDirectory(text)), null), settings =>
            get(settings) is { } value ? JsonValue.Create(value) : null)
        {
            IsPrivate = true,
        };

    public static Setting List(
        string key, string description, Func<Settings, IReadOnlyList<string>> get, Func<Settings, IReadOnlyList<string>, Settings> set) =>
        new(key, "list, separated by `;`", description, Reading<IReadOnlyList<string>>(ReadList, set), settings =>
            get(settings) is { Count: > 0 } list ? JsonValue.Create(string.Join(';', list)) : null);

    /// <param name="atMost">A longer time would be of no use, and is a mistake.</param>
    /// <param name="atLeast">A shorter time makes the step impossible. Zero: zero switches something off.</param>
    public static Setting Duration(
        string key, string description, Func<Settings, TimeSpan> get, Func<Settings, TimeSpan, Settings> set, TimeSpan atMost,
        TimeSpan atLeast = default) =>
        new(key, $"duration in seconds or as `[d.]hh:mm:ss`, {Bounds(atLeast, atMost)}", description,
            Reading<TimeSpan>((string text, out TimeSpan value) => ReadDuration(text, atLeast, atMost, out value), set), settings =>
            Seconds(get(settings)))
        {
            JsonType = "integer",
            DefaultInWords = $"`{get(Defaults):c}`",
            duration = get,
        };

    public static Setting Integer(
        string key, string description, Func<Settings, int> get, Func<Settings, int, Settings> set, int atMost = MaxNumber) =>
        new(key, $"integer, 1 to {atMost}", description,
            Reading<int>((string text, out int value) => ReadInteger(text, atMost, out value), set), settings =>
                JsonValue.Create(get(settings)))
        {
            JsonType = "integer"
        };

    /// <summary>One of the names of an enum, in lower case.</summary>
    public static Setting Choice<T>(string key, string description, Func<Settings, T> get, Func<Settings, T, Settings> set)
        where T : struct, Enum =>
        new(
            key, string.Join(", ", Enum.GetNames<T>().Select(name => $"`{name.ToLowerInvariant()}`")), description,
            Reading<T>(ReadChoice, set), settings => JsonValue.Create(get(settings).ToString().ToLowerInvariant()));

    public static Setting Boolean(string key, string description, Func<Settings, bool> get, Func<Settings, bool, Settings> set) =>
        new(key, "boolean", description, Reading<bool>(ReadBoolean, set), settings => JsonValue.Create(get(settings)))
        {
            JsonType = "boolean"
        };

    public static Setting Networks(
        string key, string description, Func<Settings, NetworkList> get, Func<Settings, NetworkList, Settings> set) =>
        new(key, "addresses and networks, separated by `;` or `,`", description, Reading<NetworkList>(ReadNetworks, set), settings =>
            get(settings) is { IsEmpty: false } networks ? JsonValue.Create(networks.ToString()) : null);

    private static Func<Settings, string, (Settings Settings, string? Error)> Reading<T>(
        ValueReader<T> reader, Func<Settings, T, Settings> set) =>
        (settings, text) => reader(text, out var value) is { } error ? (settings, error) : (set(settings, value), null);

    /// <summary>Whole seconds are shown as an integer.</summary>
    private static JsonValue Seconds(TimeSpan duration) =>
        duration.Ticks % TimeSpan.TicksPerSecond == 0
            ? JsonValue.Create((long)duration.TotalSeconds)
            : JsonValue.Create(duration.TotalSeconds);

    private static string? ReadString(string text, out string value)
    {
        value = text;
        return null;
    }

    private static string? ReadList(string text, out IReadOnlyList<string> value)
    {
        value = text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return null;
    }

    /// <summary>A bare number is seconds, as in the API: not days, which the framework would read.</summary>
    private static string? ReadDuration(string text, TimeSpan atLeast, TimeSpan atMost, out TimeSpan value)
    {
        TimeSpan? lasts = WholeSeconds().IsMatch(text) ? TimeSpan.FromSeconds(long.Parse(text, CultureInfo.InvariantCulture))
            : HoursMinutesSeconds().IsMatch(text) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var parsed) ? parsed
            : null;
        value = lasts ?? default;
        return lasts is not null && value >= atLeast && value <= atMost ? null
            : $"is {Quoted(text)}; it must be a number of seconds such as 90, or [d.]hh:mm:ss such as 00:01:30 with hours below 24 and "
                + "days "
                + $"before the point, {Bounds(atLeast, atMost)}";
    }

    private static string Bounds(TimeSpan atLeast, TimeSpan atMost) =>
        atLeast > TimeSpan.Zero ? $"from {atLeast:c} to {atMost:c}" : $"at most {atMost:c}";

    private static string? ReadInteger(string text, int atMost, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= 1 && value <= atMost ? null
        : $"is {Quoted(text)}; it must be an integer from 1 to {atMost}";

    private static string? ReadChoice<T>(string text, out T value)
        where T : struct, Enum =>
        Enum.TryParse(text, ignoreCase: true, out value) && Enum.GetName(value)?.Equals(text, StringComparison.OrdinalIgnoreCase) == true
            ? null
            : $"is {Quoted(text)}; it must be one of {string.Join(", ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant()))}";

    private static string? ReadBoolean(string text, out bool value) =>
        bool.TryParse(text, out value) ? null : $"is {Quoted(text)}; it must be true or false";

    private static string? ReadNetworks(string text, out NetworkList value)
    {
        value = NetworkList.Parse(text, out var error) ?? NetworkList.None;
        return error;
    }

    /// <summary>A value for a message: cut, and without characters that a terminal would obey.</summary>
    public static string Quoted(string text)
    {
        const int MaxShown = 100;
        var shown = text.Length <= MaxShown ? text : text[..MaxShown] + "…";
        return $"'{string.Concat(shown.Select(c => IsInvisible(c) ? '\uFFFD' : c))}'";

        static bool IsInvisible(char c) => char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format;
    }

    [GeneratedRegex(@"\A[0-9]{1,9}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WholeSeconds();

    [GeneratedRegex(
        @"\A([0-9]{1,5}\.)?([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,7})?\z", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex HoursMinutesSeconds();
}
