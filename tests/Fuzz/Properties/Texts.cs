using CsCheck;

namespace Fuzz.Properties;

/// <summary>Generators of untrusted texts: arbitrary ones, valid ones, and valid ones with one error.</summary>
internal static class Texts
{
    private static readonly string[] Fragments =
    [
        "", " ", "\t", "\r\n", "\0", "\"", "'", "\\", "<", ">", "&", "%", "%00", "%2e", "%zz", "+", "=", "?", "#", "/", "//", ":", "@", ".",
        "..", "*", "*.", "-", "_", "~", ",", ";", "|", "`", "^", "{", "}", "[", "]", "a", "Z", "0", "é", "ß", "İ", "\u0131", "\u200b",
        "\u202e", "\ud800", "\udc00", "😀", "\u0000", "\u007f", "\ufeff", "\uffff", "東京",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "http", "https", "javascript", "://", "localhost", "127.0.0.1", "[::1]", "client.example", "evil.example", "8080", "notes:read",
        "offline_access", "openid",
    ];

    /// <summary>Arbitrary strings, including unpaired surrogates.</summary>
    public static readonly Gen<string> Any = Gen.OneOf<string>(
        Gen.String,
        Gen.Char[' ', '~'].Array[0, 60].Select(characters => new string(characters)),
        Gen.OneOf(Fragments).Array[0, 8].Select(string.Concat));

    /// <summary><paramref name="right"/> unchanged, or with one character inserted, removed or replaced.</summary>
    public static Gen<string> Nearly(Gen<string> right) => Gen.Select(
        right, Gen.Int[0, 7], Gen.Int[0, 10_000], Gen.OneOf<string>(Gen.OneOf(Fragments), Gen.Char.Select(c => c.ToString())),
        (text, how, where, what) =>
        {
            var at = where % (text.Length + 1);
            return how switch
            {
                0 => text.Insert(at, what),
                1 when at < text.Length => text.Remove(at, 1),
                2 when at < text.Length => text.Remove(at, 1).Insert(at, what),
                3 when at < text.Length => text[..at]
                    + (char.IsUpper(text[at]) ? char.ToLowerInvariant(text[at]) : char.ToUpperInvariant(text[at])) + text[(at + 1)..],
                _ => text,
            };
        });
}

/// <summary>The parts of a URL, so that a second URL can differ in exactly one part.</summary>
internal sealed record UrlParts(
    string Scheme, string Separator, string UserInfo, string Host, string Port, string Path, string Query, string Fragment)
{
    private static readonly Gen<string> Schemes = Gen.OneOf(
        "http", "https", "HTTP", "Https", "cursor", "com.example.app", "javascript", "data", "ws", "wss", "ftp", "file", "urn", "blob");
    private static readonly Gen<string> Separators = Gen.Frequency((20, "://"), (1, ":"), (1, ":/"), (1, ":///"), (1, ":\\\\"), (1, ""));
    private static readonly Gen<string> UserInfos = Gen.Frequency((20, ""), (1, "a@"), (1, "a:b@"), (1, "localhost@"), (1, "@"));
    private static readonly Gen<string> Hosts = Gen.OneOf(
        "localhost", "127.0.0.1", "[::1]", "client.example", "LOCALHOST", "Client.Example", "client.example.", "127.0.0.1.evil.example",
        "localhost.evil.example", "evil.example", "0x7f.1", "127.1", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]",
        "[::1%25lo]", "1.2.3.4", "1.2.3.4.", "256.1.1.1", "xn--bcher-kva.example", "bücher.example", "ex%61mple.com", "a_b.example", "a..b",
        "-a.example", "", "%00", "a,b");
    private static readonly Gen<string> Ports = Gen.Frequency(
        (10, ""), (3, ":8080"), (3, ":33418"), (2, ":80"), (2, ":443"), (1, ":"), (1, ":0"), (1, ":0443"), (1, ":00080"), (1, ":65535"),
        (1, ":65536"), (1, ":99999999999"), (1, ":8a"), (1, ":-1"), (1, ":８０"));
    private static readonly Gen<string> Paths = Gen.OneOf(
        "", "/", "//", "/callback", "/callback/", "/Callback", "/callback//", "/a/../callback", "/./callback", "/%2e%2e/callback",
        "/%2E/callback", "/%63allback", "/a/..", "/a@b", "/*", "/é", "/a b", "/a;b=c,d", "/mcp");
    private static readonly Gen<string> Queries = Gen.Frequency(
        (12, ""), (1, "?"), (2, "?a=b"), (1, "?a=/"), (1, "?a=b&a=c"), (1, "?next=https://evil.example/"), (1, "?/"), (1, "?é"));
    private static readonly Gen<string> Fragments = Gen.Frequency((20, ""), (1, "#"), (1, "#x"));

    public static readonly Gen<UrlParts> Any = Gen.Select(
        Schemes, Separators, UserInfos, Hosts, Ports, Paths, Queries, Fragments,
        (scheme, separator, user, host, port, path, query, fragment) =>
            new UrlParts(scheme, separator, user, host, port, path, query, fragment));

    /// <summary>Mostly valid URLs, sometimes with one wrong character.</summary>
    public static readonly Gen<string> Texts = Properties.Texts.Nearly(Any.Select(parts => parts.ToString()));

    /// <summary>URLs whose parts are drawn character by character, with everything that parsers treat in different ways.</summary>
    public static readonly Gen<string> RandomTexts = Gen.Select(
        Gen.OneOf("https", "http", "com.example.app", "cursor", "acme-assistant", "hTTps"),
        Gen.Frequency((12, "://"), (1, ":"), (1, ":/"), (1, ":\\\\"), (1, ":///"), (1, ":\t//")),
        Pieces(5, "a", "Z", "0", "9", ".", "-", "_", "%2e", "%41", "%2f", "%5c", "%00", "%zz", "\\", "@", ":", ";", ",", "\t", "é",
            "\u3002",
            "xn--", "0x", "0x7f", "127", "256", "[", "]", "[::1]", "[1:0:0:2::]", "[::ffff:1.2.3.4]", "localhost", "example",
            "app.example"),
        Ports,
        Pieces(6, "/", "/", "a", ".", "..", "%2e", "%2E", "\\", ";", "=", "@", ":", "'", "\"", " ", "|", "{", "`", "~", "é", "\t",
            "%", "%zz",
            "[", "*"),
        Gen.Frequency((4, ""), (1, "?"), (1, "?a='b'"), (1, "?a=\\/../b"), (1, "?a=é\"<>"), (1, "?a=[|]{}`")),
        (scheme, separator, host, port, path, query) => scheme + separator + host + port + (path.Length > 0 ? "/" + path : "") + query);

    private static Gen<string> Pieces(int most, params string[] pieces) => Gen.OneOf(pieces).Array[0, most].Select(string.Concat);

    /// <summary>Two URLs that are equal or differ in one part.</summary>
    public static readonly Gen<(string One, string Other)> Neighbours = Gen.Select(
        Any, Any, Gen.Int[0, 11], (one, other, part) => (one.ToString(), (part switch
        {
            0 => one with { Scheme = other.Scheme },
            1 => one with { UserInfo = other.UserInfo },
            2 => one with { Host = other.Host },
            3 or 4 or 5 => one with { Port = other.Port },
            6 => one with { Path = other.Path },
            7 => one with { Path = one.Path + "/" },
            8 => one with { Query = other.Query },
            9 => one with { Host = one.Host.ToUpperInvariant() },
            10 => one with { Scheme = one.Scheme.ToUpperInvariant() },
            _ => one,
        }).ToString()));

    public override string ToString() => Scheme + Separator + UserInfo + Host + Port + Path + Query + Fragment;
}
