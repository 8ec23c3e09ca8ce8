using System.Collections;
using System.Collections.Immutable;

namespace Latchkey.Server.OAuth;

/// <summary>An ordered set of scope tokens (RFC 6749 §3.3). Comparison is exact and case-sensitive.</summary>
internal sealed class Scope : IReadOnlyCollection<string>
{
    public const int MaxTokenLength = 128;

    /// <summary>Scopes defined by the protocol, not by a resource.</summary>
    public const string OfflineAccess = "offline_access";

    /// <summary>OpenID Connect Core §3.1.2.1: the client requests an ID token.</summary>
    public const string OpenId = "openid";
    public const string Profile = "profile";
    public const string Email = "email";

    private static readonly string[] Identity = [OpenId, Profile, Email];

    private readonly ImmutableArray<string> tokens;

    private Scope(ImmutableArray<string> tokens) => this.tokens = tokens;

    public static Scope Empty { get; } = new([]);

    public int Count => tokens.Length;

    public static Scope Of(IEnumerable<string> tokens) => new([.. tokens.Distinct(StringComparer.Ordinal)]);

    /// <summary>Splits at spaces and drops empty parts and repetitions.</summary>
    public static Scope Parse(string? text) =>
        string.IsNullOrWhiteSpace(text) ? Empty : Of(text.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>True for 1 to 128 characters of <c>%x21 / %x23-5B / %x5D-7E</c> (RFC 6749 §3.3).</summary>
    public static bool IsToken(string text) =>
        text.Length is > 0 and <= MaxTokenLength && text.All(c => c is '!' or (>= '#' and <= '[') or (>= ']' and <= '~'));

    public static bool IsProtocol(string token) => token == OfflineAccess || IsIdentity(token);

    /// <summary>True when the scope gives the client claims about the person (OpenID Connect Core §5.4).</summary>
    public static bool IsIdentity(string token) => Identity.Contains(token, StringComparer.Ordinal);

    public bool Contains(string token) => tokens.Contains(token, StringComparer.Ordinal);

    public Scope Where(Func<string, bool> keep) => new([.. tokens.Where(keep)]);

    public Scope And(Scope other) => Where(other.Contains);

    public Scope Plus(Scope other) => Of(tokens.Concat(other.tokens));

    public bool IsWithin(Scope other) => tokens.All(other.Contains);

    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)tokens).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => string.Join(' ', tokens);
}
