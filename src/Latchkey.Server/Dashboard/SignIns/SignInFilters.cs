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
    private const string TimeFormat = "yyyy-MM-ddTHH:mm";

    private readonly FilterMembers members;

    private SignInFilters(RequestParameters query, ConfigurationSnapshot configuration, DateTimeOffset now)
    {
        members = new(query);
        Selection = new()
        {
            Outcomes = Several("outcome", "Outcome", Known(StoredNames.Outcomes), o => SignInWords.Of(StoredNames.Outcome(o, o))),
            Causes = Several("cause", "Cause", code => Causes.Find(code) is null ? null : code, SignInWords.OfCode),
            Stations = Several("station", "Stopped at", Known(StoredNames.Stations), s => SignInWords.Of(StoredNames.Station(s, s))),
            Families = Several("family", "Client", FilterMembers.Text, f => f == SignInChange.OtherFamily ? "Other" : f),
            Resources = Several(
                "server", "MCP server", id => ResourceId.Parse(id)?.Value, id => configuration.Find(new ResourceId(id))?.Name ?? id),
            Connections = Several(
                "login_page", "Login page", id => ConnectionId.Parse(id)?.Value,
                id => configuration.Find(new ConnectionId(id)) is { } page ? new Uri(page.LoginUrl).Host : id),
            ClientId = One("client", "Client", FilterMembers.Text, words: null),
            Person = One("person", "Person", FilterMembers.Text, words: null),
            Network = One("network", "Network", NetworkOf, words: null),
            Tolerated = One("tolerated", "", t => t == "true" ? t : null, _ => "Tolerated deviations") is null ? null : true,
        };
        var period = One("period", "", name => Period.All.Any(p => p.Name == name) ? name : null, words: null);

        // A period that is chosen after a beginning and an end takes their place.
        var from = period is null ? One("from", "From", Time, words: null) : null;
        var until = period is null ? One("until", "Until", Time, words: null) : null;
        Period = from is null && until is null ? Period.All.First(p => p.Name == (period ?? Period.Day.Name)) : null;
        Selection = Selection with { From = Period is { } shown ? now - shown.Length : TimeOf(from), Before = TimeOf(until) };
    }

    public SignInSelection Selection { get; }

    /// <summary>Null when the URL names the beginning or the end.</summary>
    public Period? Period { get; }

    /// <summary>The list is read from here to older rows.</summary>
    public RowPlace? After => members.After;

    /// <summary>The list is read from here to newer rows.</summary>
    public RowPlace? Newer => members.Newer;

    /// <summary>Whether every member of the query was used.</summary>
    public bool IsClean => members.AreClean;

    public static SignInFilters Read(RequestParameters query, ConfigurationSnapshot configuration, DateTimeOffset now) =>
        new(query, configuration, now);

    public IReadOnlyList<string> Values(string name) => members.Values(name);

    public string? Value(string name) => members.Value(name);

    /// <summary>The filters in words, each with the URL of the list without it. The period has a control of its own.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Chips(string path) => members.Chips(path, "period");

    /// <summary>The URL of a page with these filters and one more member.</summary>
    public string Url(string path, string? name = null, string? value = null) => members.Url(path, name, value);

    /// <summary>The URL of a page of rows that begins at a row.</summary>
    public string PageUrl(string path, string direction, SignInSummary row) =>
        Url(path, direction, new RowPlace(row.StartedAt, row.AuthorizationId.Value).Token);

    private List<string> Several(string name, string label, Func<string, string?> read, Func<string, string> words) =>
        members.Several(name, label, SignInBrowser.MaxValues, read, words);

    private string? One(string name, string label, Func<string, string?> read, Func<string, string>? words) =>
        members.One(name, label, read, words);

    private static Func<string, string?> Known(string[] names) => name => names.Contains(name, StringComparer.Ordinal) ? name : null;

    private static string? NetworkOf(string text) =>
        ClientAddress.Read(text.Split('/')[0]) is { } address ? SiteNetwork.Of(address) : null;

    private static string? Time(string text) => TimeOf(text) is { } time ? time.ToString(TimeFormat, CultureInfo.InvariantCulture) : null;

    private static DateTimeOffset? TimeOf(string? text) => DateTimeOffset.TryParseExact(
        text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
