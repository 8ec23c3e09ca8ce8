using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>The values that the filters of the list offer.</summary>
internal sealed class FilterOptions(ConfigurationSnapshot configuration, KnownClients known)
{
    private const int MaxOptions = 100;

    public static IReadOnlyList<KeyValuePair<string, string>> Outcomes { get; } =
        [.. Enum.GetValues<SignInOutcome>().Select(o => KeyValuePair.Create(StoredNames.Of(o), SignInWords.Of(o)))];

    public static IReadOnlyList<KeyValuePair<string, string>> Stations { get; } =
        [.. Enum.GetValues<Station>().Select(s => KeyValuePair.Create(StoredNames.Of(s), SignInWords.Of(s)))];

    public static IReadOnlyList<KeyValuePair<string, string>> AllCauses { get; } =
        [.. Causes.All.Select(c => KeyValuePair.Create(c.Code, $"{SignInWords.Of(c.Station)}: {SignInWords.OfCode(c.Code)}"))];

    public IReadOnlyList<KeyValuePair<string, string>> Families { get; } =
        [.. known.Names.Select(name => KeyValuePair.Create(name, name)), new(SignInChange.OtherFamily, "Other")];

    public IReadOnlyList<KeyValuePair<string, string>> Servers { get; } =
        [.. configuration.Resources.Take(MaxOptions).Select(r => KeyValuePair.Create(r.Id.Value, r.Name))];

    public IReadOnlyList<KeyValuePair<string, string>> LoginPages { get; } =
        [.. configuration.Connections.Take(MaxOptions).Select(c => KeyValuePair.Create(c.Id.Value, new Uri(c.LoginUrl).Host))];
}
