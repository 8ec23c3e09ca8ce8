using Latchkey.Server.Resources;

namespace Latchkey.Server.Consent;

/// <summary>
/// The presets of the consent page, each a choice of several scopes at once. They are offered where at least
/// <see cref="FewestScopes"/> scopes of the resource are shown, only some of them have access read, and the person can leave out the
/// others.
/// </summary>
/// <param name="Read">What the preset <c>read</c> grants: the scopes with access read, and the identity scopes.</param>
/// <param name="Asked">What the preset <c>asked</c> grants: everything shown except sensitive scopes.</param>
internal sealed record ConsentPresets(Scope Read, Scope Asked, FirstPreset First)
{
    public const string ReadName = "read";
    public const string AskedName = "asked";

    /// <summary>The ticks decide, as without a preset.</summary>
    public const string ChooseName = "choose";
    private const int FewestScopes = 4;

    /// <param name="shown">The scopes that the page shows.</param>
    /// <param name="canChange">Whether the person can untick a scope.</param>
    /// <returns>Null when the page offers no presets.</returns>
    public static ConsentPresets? Of(Resource resource, Scope shown, Func<string, bool> canChange)
    {
        var scopes = shown.Select(resource.FindScope).OfType<ResourceScope>().ToDictionary(s => s.Name, StringComparer.Ordinal);
        bool Reads(string name) =>
            !scopes.TryGetValue(name, out var scope) || scope is { Access: ScopeAccess.Read, IsSensitive: false };
        var (read, others) = (shown.Where(Reads), shown.Where(s => !Reads(s)));
        return scopes.Count >= FewestScopes && read.Any(scopes.ContainsKey) && others.Count > 0 && others.All(canChange)
            ? new(read, shown.Where(s => !scopes.TryGetValue(s, out var scope) || !scope.IsSensitive), resource.FirstPreset)
            : null;
    }

    /// <summary>The name of the preset that is chosen at first. Null when the person has to choose one.</summary>
    public string? FirstName => First switch
    {
        FirstPreset.Read => ReadName,
        FirstPreset.Asked => AskedName,
        _ => null,
    };

    /// <summary>The scopes of a preset. Null when the ticks decide.</summary>
    public Scope? Find(string? preset) => preset switch
    {
        ReadName => Read,
        AskedName => Asked,
        _ => null,
    };

    public static bool IsKnown(string preset) => preset is ReadName or AskedName or ChooseName;
}
