using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Clients;

/// <summary>
/// The catalogue of well-known MCP clients: <c>known-clients.json</c>, or the file in the setting <c>Cimd:KnownClients</c>. An entry marks
/// the client on the consent page and gives its document fetches limits of their own. It never skips a check.
/// </summary>
internal sealed class KnownClients
{
    /// <summary>Shorter names occur in other names by chance.</summary>
    private const int MinImitated = 5;

    private readonly ImmutableArray<KnownClient> entries;
    private readonly ImmutableArray<string> skeletons;

    private KnownClients(ImmutableArray<KnownClient> entries)
    {
        this.entries = entries;
        skeletons = [.. entries.Select(e => NameSkeleton.Of(e.Name))];
    }

    /// <exception cref="UnusableSetting">The file cannot be read, or an entry is invalid.</exception>
    public static KnownClients Load(string? file)
    {
        try
        {
            using var stream = file is null
                ? typeof(KnownClients).Assembly.GetManifestResourceStream("Latchkey.Server.Clients.known-clients.json")!
                : File.OpenRead(file);
            var read = JsonSerializer.Deserialize(stream, KnownClientsJson.Default.ImmutableArrayKnownClient);
            return read.IsDefault || read.Contains(null!) ? throw new UnusableSetting("Cimd:KnownClients must be an array of entries.")
                : read.FirstOrDefault(e => e.Validate() is not null) is { } wrong
                    ? throw new UnusableSetting($"Cimd:KnownClients, entry '{wrong.Name}': {wrong.Validate()}")
                : new KnownClients([.. read.Select(e => e.InCanonicalForm())]);
        }
        catch (Exception problem) when (problem is not UnusableSetting && file is not null)
        {
            throw problem is JsonException { LineNumber: { } line }
                ? new UnusableSetting($"Cimd:KnownClients names the file {file}, which is not JSON of known clients (line {line + 1}). "
                    + "Correct it.")
                : SettingFile.Refused("Cimd:KnownClients", file, "JSON of known clients");
        }
    }

    /// <summary>The names of the entries: the families of clients.</summary>
    public IEnumerable<string> Names => entries.Select(e => e.Name);

    /// <summary>Whether this URL is the client id of a well-known client.</summary>
    public bool IsKnownId(string clientId) => entries.Any(e => e.HasId(clientId));

    /// <summary>
    /// The entry with exactly this client id and with redirect URIs, for a server that cannot read the document. Null when there is none.
    /// </summary>
    public KnownClient? Shipped(string clientId) =>
        entries.FirstOrDefault(e => e.ClientIds.Contains(clientId, StringComparer.Ordinal) && e.ExactRedirects.Any());

    /// <summary>Whether one entry contains both the client id and the redirect URI.</summary>
    public bool Vouches(string clientId, string redirectUri) => entries.Any(e => e.HasId(clientId) && e.HasRedirect(redirectUri));

    /// <summary>Whether an entry contains the redirect URI.</summary>
    public bool Vouches(string redirectUri) => NameBehind(redirectUri) is not null;

    /// <summary>
    /// The well-known client that gets a response to the redirect URI. Null when there is none. Only https counts, because it ends at that
    /// client's host.
    /// </summary>
    public string? NameBehind(string redirectUri) => redirectUri.StartsWith("https://", StringComparison.Ordinal)
        ? entries.FirstOrDefault(e => e.HasRedirect(redirectUri))?.Name
        : null;

    /// <summary>
    /// The name of the entry with this id, or else with this redirect URI: on a device, where programs share them, also this name.
    /// </summary>
    /// <param name="documentId">The client's id when it is a URL.</param>
    public string? FamilyOf(string? documentId, string name, string redirectUri)
    {
        var skeleton = NameSkeleton.Of(name);
        return entries.FirstOrDefault(e => documentId is not null && e.HasId(documentId))?.Name
            ?? entries.Zip(skeletons).FirstOrDefault(pair => pair.First.HasRedirect(redirectUri)
                && (redirectUri.StartsWith("https://", StringComparison.Ordinal)
                    || skeleton.Contains(pair.Second, StringComparison.Ordinal))).First?.Name;
    }

    /// <summary>
    /// The name of the entry that a client's name imitates: equal to the eye without case, spaces, accents and look-alike letters, but with
    /// another id or redirect URI. Returns null when there is none.
    /// </summary>
    /// <param name="documentId">The client's id when it is a URL.</param>
    public string? Imitated(string name, string? documentId, string redirectUri)
    {
        var skeleton = NameSkeleton.Of(name);
        var named = entries.Zip(skeletons)
            .Where(pair => pair.Second == skeleton
                || (pair.Second.Length >= MinImitated && skeleton.Contains(pair.Second, StringComparison.Ordinal))).ToList();
        return named.Exists(pair => pair.First.HasRedirect(redirectUri) && (documentId is null || pair.First.HasId(documentId)))
            ? null
            : named.Select(pair => pair.First.Name).FirstOrDefault();
    }
}

/// <param name="ClientIds">Exact ids, or with <c>*</c> for one path segment.</param>
/// <param name="RedirectUris">Exact URIs or with <c>*</c>; the port of a loopback URI may differ.</param>
internal sealed record KnownClient(string Name, ImmutableArray<string> ClientIds, ImmutableArray<string> RedirectUris)
{
    /// <summary>Client ids are in canonical form, so an entry with another spelling of its host would never match.</summary>
    public KnownClient InCanonicalForm() => this with
    {
        ClientIds = [.. ClientIds.Select(WebUrl.WithCanonicalOrigin)],
        RedirectUris = [.. RedirectUris.Select(WebUrl.WithCanonicalOrigin)],
    };

    /// <summary>The redirect URIs without a <c>*</c>.</summary>
    public IEnumerable<string> ExactRedirects => RedirectUris.Where(uri => !uri.Contains('*', StringComparison.Ordinal));

    public bool HasId(string clientId) => ClientIds.Any(pattern => Matches(pattern, clientId));

    public bool HasRedirect(string redirectUri) => RedirectUris.Any(
        pattern => RedirectUri.Matches(pattern, redirectUri) || Matches(pattern, RedirectUri.WithoutLoopbackPort(redirectUri)));

    /// <summary>Returns why an entry cannot be used, or null.</summary>
    public string? Validate() =>
        string.IsNullOrWhiteSpace(Name) ? "a name is missing"
        : ClientIds.IsDefault || RedirectUris.IsDefault || ClientIds.Concat(RedirectUris).Contains(null!)
            ? "client_ids and redirect_uris must be arrays of strings"
        : ClientIds.Concat(RedirectUris).FirstOrDefault(p => !IsWildOnlyInThePath(p)) is { } wild ? $"'{wild}' has a * outside the path"
        : null;

    private static bool IsWildOnlyInThePath(string pattern)
    {
        var host = pattern.IndexOf("://", StringComparison.Ordinal) + 3;
        var path = host < 3 ? -1 : pattern.IndexOf('/', host);
        return !(path < 0 ? pattern : pattern[..path]).Contains('*', StringComparison.Ordinal);
    }

    /// <summary>Anchored at both ends. A <c>*</c> is one path segment of letters, digits and <c>-_.</c>, but no dot segment.</summary>
    private static bool Matches(string pattern, string text)
    {
        var (wanted, given) = (pattern.Split('/'), text.Split('/'));
        return wanted.Length == given.Length
            && wanted.Zip(given).All(pair => pair.First == "*" ? IsSegment(pair.Second) : pair.First == pair.Second);
    }

    private static bool IsSegment(string text) =>
        text.Length > 0 && text.Trim('.').Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ImmutableArray<KnownClient>))]
internal sealed partial class KnownClientsJson : JsonSerializerContext;
