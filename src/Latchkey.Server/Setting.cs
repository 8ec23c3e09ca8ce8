using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Latchkey.Server.Network;

namespace Latchkey.Server;

/// <summary>Reads a value from its text. Returns null or the error: the rest of a sentence that begins with the key.</summary>
internal delegate string? ValueReader<T>(string text, out T value);

/// <summary>
/// One line of <see cref="SettingsTable"/>. It is the only declaration of a setting besides the member of <see cref="Settings"/>. The
/// reader, <c>GET /api/v1/settings</c>, its OpenAPI schema and docs/reference/settings.md are made from it.
/// </summary>
internal sealed record Setting
{
    private const int MaxDays = 365;
    private const int MaxNumber = 1_000_000;
    private static readonly Settings Defaults = new();

    private readonly Func<Settings, string, (Settings Settings, string? Error)> read;
    private readonly Func<Settings, JsonNode?> show;

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
    public Settings Read(Settings settings, string text, List<string> errors)
    {
        var (changed, error) = read(settings, text);
        if (error is null)
        {
            return changed;
        }

        errors.Add($"{Key} {error}.");
        return settings;
    }

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

    public static Setting List(
        string key, string description, Func<Settings, IReadOnlyList<string>> get, Func<Settings, IReadOnlyList<string>, Settings> set) =>
        new(key, "list, separated by `;`", description, Reading<IReadOnlyList<string>>(ReadList, set), settings =>
            get(settings) is { Count: > 0 } list ? JsonValue.Create(string.Join(';', list)) : null);

    public static Setting Duration(string key, string description, Func<Settings, TimeSpan> get, Func<Settings, TimeSpan, Settings> set) =>
        new(key, $"duration `[d.]hh:mm:ss`, at most {MaxDays} days", description, Reading<TimeSpan>(ReadDuration, set), settings =>
            Seconds(get(settings)))
        {
            JsonType = "integer",
            DefaultInWords = $"`{get(Defaults):c}`",
        };

    public static Setting Integer(
        string key, string description, Func<Settings, int> get, Func<Settings, int, Settings> set, int max = MaxNumber) =>
        new(
            key, $"integer, 1 to {max}", description, Reading<int>((string text, out int value) => ReadInteger(text, max, out value), set),
            settings => JsonValue.Create(get(settings)))
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

    private static string? ReadDuration(string text, out TimeSpan value) =>
        TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value) && value >= TimeSpan.Zero && value <= TimeSpan.FromDays(MaxDays)
            ? null
        : $"is '{text}'; it must be a duration hh:mm:ss of at most {MaxDays} days";

    private static string? ReadInteger(string text, int max, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= 1 && value <= max ? null
        : $"is '{text}'; it must be an integer from 1 to {max}";

    private static string? ReadChoice<T>(string text, out T value)
        where T : struct, Enum =>
        Enum.TryParse(text, ignoreCase: true, out value) && Enum.GetName(value)?.Equals(text, StringComparison.OrdinalIgnoreCase) == true
            ? null
            : $"is '{text}'; it must be one of {string.Join(", ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant()))}";

    private static string? ReadBoolean(string text, out bool value) =>
        bool.TryParse(text, out value) ? null : $"is '{text}'; it must be true or false";

    private static string? ReadNetworks(string text, out NetworkList value)
    {
        value = NetworkList.Parse(text, out var error) ?? NetworkList.None;
        return error;
    }
}
