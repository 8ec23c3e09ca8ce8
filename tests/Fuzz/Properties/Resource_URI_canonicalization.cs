using System.Globalization;
using System.Text.RegularExpressions;
using CsCheck;
using Latchkey.Server.OAuth;
using Latchkey.Server.Tests;

namespace Fuzz.Properties;

public sealed partial class Resource_URI_canonicalization
{
    private static readonly Gen<string> Texts = Gen.OneOf<string>(UrlParts.Texts, Properties.Texts.Any);

    [Fact]
    public void The_canonical_form_is_stable() => Texts.Sample(
        text =>
        {
            if (ResourceUri.Canonical(text) is { } canonical)
            {
                Assert.Equal(canonical, ResourceUri.Canonical(canonical));
            }
        },
        iter: RunOptions.Properties);

    [Fact]
    [Spec("RFC 8707 §2", "same-in-client-spellings")]
    public void Two_resource_URIs_are_equal_up_to_case_of_the_scheme_spelling_of_the_host_default_port_and_one_trailing_slash() =>
        UrlParts.Neighbours.Sample(
            pair =>
            {
                if (ResourceUri.Canonical(pair.One) is { } one && ResourceUri.Canonical(pair.Other) is { } other)
                {
                    Assert.Equal(Meaning(pair.One) == Meaning(pair.Other), one == other);
                }
            },
            iter: RunOptions.Properties);

    [Fact]
    [Spec("RFC 8707 §2", "absolute-without-fragment")]
    public void A_resource_URI_is_absolute_and_printable_without_fragment_and_user() => Texts.Sample(
        text =>
        {
            if (ResourceUri.Canonical(text) is { } canonical)
            {
                Assert.Matches(ValidResourceUri(), text);
                Assert.StartsWith(ResourceUri.Origin(canonical), canonical, StringComparison.Ordinal);
                Assert.Equal(ResourceUri.Origin(canonical), ResourceUri.Origin(ResourceUri.Origin(canonical)));
                Assert.Equal(ResourceUri.Origin(canonical), ResourceUri.Canonical(ResourceUri.Origin(canonical)));
            }
        },
        iter: RunOptions.Properties);

    /// <summary>An independent implementation of the documented equivalences.</summary>
    private static (string Scheme, string Host, int Port, string PathAndQuery) Meaning(string text)
    {
        var parts = ValidResourceUri().Match(text).Groups;
        var scheme = parts["scheme"].Value.ToLowerInvariant();
        var port = parts["port"].Value is { Length: > 0 } digits
            ? int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture)
            : scheme switch
            {
                "http" or "ws" => 80,
                "https" or "wss" => 443,
                "ftp" => 21,
                _ => -1,
            };
        var rest = parts["rest"].Value;
        return (scheme, HostName.Canonical(parts["host"].Value)!, port,
            rest.EndsWith('/') && !rest.EndsWith("//", StringComparison.Ordinal) ? rest[..^1] : rest);
    }

    [GeneratedRegex(
        @"\A(?<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?<host>\[[^\]]+\]|[^/?:@\[\]]+)(:(?<port>[0-9]*))?(?<rest>|[/?][\x21-\x7e-[\\#]]*)\z",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex ValidResourceUri();
}
