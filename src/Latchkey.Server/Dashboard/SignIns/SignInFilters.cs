using System.Globalization;
using Latchkey.Server.Configuration;
using Latchkey.Server.Network;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>
/// The filters of the list of sign-ins, which are all in its URL. A member of the query that is unknown or has an impossible value is
/// dropped, and the browser is led to the URL without it.
/// </summary>
internal sealed class SignInFilters
{
    private const int MaxTextLength = 320;
    private const string TimeFormat = "yyyy-MM-ddTHH:mm";

    private readonly List<(string Name, string Value, string Words)> members = [];

    private SignInFilters(RequestParameters query, ConfigurationSnapshot configuration, DateTimeOffset now)
    {
        Selection = new()
        {
            Outcomes = Several(query, "outcome", "Outcome", Known(StoredNames.Outcomes), o => SignInWords.Of(StoredNames.Outcome(o, o))),
            Causes = Several(query, "cause", "Cause", code => Causes.Find(code) is null ? null : code, SignInWords.OfCode),
            Stations = Several(query, "station", "Stopped at", Known(StoredNames.Stations), s => SignInWords.Of(StoredNames.Station(s, s))),
            Families = Several(query, "family", "Client", Text, f => f == SignInChange.OtherFamily ? "Other" : f),
            Resources = Several(
                query, "server", "MCP server", id => ResourceId.Parse(id)?.Value, id => configuration.Find(new ResourceId(id))?.Name ?? id),
            Connections = Several(
                query, "login_page", "Login page", id => ConnectionId.Parse(id)?.Value,
                id => configuration.Find(new ConnectionId(id)) is { } page ? new Uri(page.LoginUrl).Host : id),
            ClientId = One(query, "client", "Client", Text, words: null),
            Person = One(query, "person", "Person", Text, words: null),
            Network = One(query, "network", "Network", NetworkOf, words: null),
            Tolerated = One(query, "tolerated", "", t => t == "true" ? t : null, _ => "Tolerated deviations") is null ? null : true,
        };
        var period = One(query, "period", "", name => Period.All.Any(p => p.Name == name) ? name : null, words: null);

        // A period that is chosen after a beginning and an end takes their place.
        var from = period is null ? One(query, "from", "From", Time, words: null) : null;
        var until = period is null ? One(query, "until", "Until", Time, words: null) : null;
        Period = from is null && until is null ? Period.All.First(p => p.Name == (period ?? Period.Day.Name)) : null;
        Selection = Selection with { From = Period is { } shown ? now - shown.Length : TimeOf(from), Before = TimeOf(until) };
        (After, Newer) = (RowPlace.Parse(query["after"] ?? ""), RowPlace.Parse(query["newer"] ?? ""));
        IsClean = query.Everything.Count() == members.Count + (After is null ? 0 : 1) + (Newer is null ? 0 : 1);
    }

    public SignInSelection Selection { get; }

    /// <summary>Null when the URL names the beginning or the end.</summary>
    public Period? Period { get; }

    /// <summary>The list is read from here to older rows.</summary>
    public RowPlace? After { get; }

    /// <summary>The list is read from here to newer rows.</summary>
    public RowPlace? Newer { get; }

    /// <summary>Whether every member of the query was used.</summary>
    public bool IsClean { get; }

    public static SignInFilters Read(RequestParameters query, ConfigurationSnapshot configuration, DateTimeOffset now) =>
        new(query, configuration, now);

    public IReadOnlyList<string> Values(string name) => [.. members.Where(m => m.Name == name).Select(m => m.Value)];

    public string? Value(string name) => members.Find(m => m.Name == name).Value;

    /// <summary>The filters in words, each with the URL of the list without it. The period has a control of its own.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Chips(string path) =>
    [
        .. members.Where(m => m.Name != "period").Select(chip => KeyValuePair.Create(
            chip.Words, Url(path, members.Where(m => m != chip).Select(m => (m.Name, m.Value))))),
    ];

    /// <summary>The URL of a page with these filters and one more member.</summary>
    public string Url(string path, string? name = null, string? value = null) => Url(
        path, members.Where(m => m.Name != name).Select(m => (m.Name, m.Value))
            .Concat(name is null || value is null ? [] : [(name, value)]));

    /// <summary>The URL of a page of rows that begins at a row.</summary>
    public string PageUrl(string path, string direction, SignInSummary row) =>
        Url(path, direction, new RowPlace(row.StartedAt, row.AuthorizationId.Value).Token);

    private static string Url(string path, IEnumerable<(string Name, string Value)> members)
    {
        var query = string.Join('&', members.Select(m => $"{m.Name}={Uri.EscapeDataString(m.Value)}"));
        return query.Length == 0 ? path : $"{path}?{query}";
    }

    private List<string> Several(
        RequestParameters query, string name, string label, Func<string, string?> read, Func<string, string> words)
    {
        var values = query.All(name).Select(read).OfType<string>().Distinct(StringComparer.Ordinal).Take(SignInBrowser.MaxValues).ToList();
        members.AddRange(values.Select(value => (name, value, $"{label}: {words(value)}")));
        return values;
    }

    private string? One(
        RequestParameters query, string name, string label, Func<string, string?> read, Func<string, string>? words)
    {
        if (query[name] is { } sent && read(sent) is { } value)
        {
            members.Add((name, value, words is null ? $"{label}: {value}" : words(value)));
            return value;
        }

        return null;
    }

    private static Func<string, string?> Known(string[] names) => name => names.Contains(name, StringComparer.Ordinal) ? name : null;

    private static string? Text(string text) => text.Length <= MaxTextLength && !text.Any(char.IsControl) ? text : null;

    private static string? NetworkOf(string text) =>
        ClientAddress.Read(text.Split('/')[0]) is { } address ? SiteNetwork.Of(address) : null;

    private static string? Time(string text) => TimeOf(text) is { } time ? time.ToString(TimeFormat, CultureInfo.InvariantCulture) : null;

    private static DateTimeOffset? TimeOf(string? text) => DateTimeOffset.TryParseExact(
        text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
