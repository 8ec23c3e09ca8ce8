using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using CsCheck;
using Latchkey.Server.OAuth;
using Latchkey.Server.Tests;

namespace Fuzz.Properties;

public sealed partial class Redirect_URI_matching
{
    private static readonly Gen<string> Texts = Gen.OneOf<string>(UrlParts.Texts, Properties.Texts.Any);

    [Fact]
    public void A_redirect_URI_matches_itself() =>
        Texts.Sample(text => Assert.True(RedirectUri.Matches(text, text)), iter: RunOptions.Properties);

    [Fact]
    [Spec("OAuth 2.1 §4.1.1", "loopback-port-free")]
    public void Two_redirect_URIs_match_despite_another_loopback_port_and_no_other_difference() => UrlParts.Neighbours.Sample(
        pair =>
            Assert.Equal(pair.One == pair.Other || DifferInLoopbackPort(pair.One, pair.Other), RedirectUri.Matches(pair.One, pair.Other)),
        iter: RunOptions.Properties);

    [Fact]
    public void Two_redirect_URIs_match_if_they_are_equal_without_the_loopback_port() => UrlParts.Neighbours.Sample(
        pair =>
        {
            var (one, other) = (RedirectUri.WithoutLoopbackPort(pair.One), RedirectUri.WithoutLoopbackPort(pair.Other));
            Assert.Equal(one == other, RedirectUri.Matches(pair.One, pair.Other));
            Assert.Equal(one, RedirectUri.WithoutLoopbackPort(one));
        },
        iter: RunOptions.Properties);

    [Fact]
    [Spec("OAuth 2.1 §2.3", "redirect-no-fragment")]
    public void A_registrable_redirect_URI_is_printable_ASCII_without_fragment_wildcard_or_user() => Texts.Sample(
        text =>
        {
            if (RedirectUri.ValidateForRegistration(text) is null)
            {
                Assert.InRange(text.Length, 1, RedirectUri.MaxLength);
                Assert.DoesNotMatch(ForbiddenCharacters(), text);
                Assert.Matches(HasScheme(), text);
                Assert.DoesNotMatch(ForbiddenScheme(), text);
                Assert.False(text.StartsWith("http:", StringComparison.OrdinalIgnoreCase) && !Loopback().IsMatch(text), text);
            }
        },
        iter: RunOptions.Properties);

    [Fact]
    [Spec("RFC 7591 §5", "redirects-checked")]
    public async Task A_registrable_redirect_URI_has_the_same_host_in_a_browser()
    {
        var registrable = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        Texts.Sample(
            text =>
            {
                if (RedirectUri.ValidateForRegistration(text) is null)
                {
                    registrable[text] = true;
                }
            },
            iter: RunOptions.Properties * 3);
        Assert.True(registrable.Count > 100, $"only {registrable.Count} of the samples were registrable");

        string[] texts = [.. registrable.Keys];
        foreach (var (text, seen) in texts.Zip(await BrowserUrl.ReadAsync(texts)))
        {
            // A text that a browser does not parse as a URL leads nowhere.
            if (seen is null)
            {
                continue;
            }

            var here = new Uri(text);
            Assert.Equal(here.Scheme + ":", seen.Protocol);
            Assert.True(seen.UserName.Length == 0, text);
            if (here.Scheme is "http" or "https")
            {
                Assert.True(
                    NameOrAddress(here.Host) == NameOrAddress(seen.HostName), $"{text}: {here.Host} here, {seen.HostName} in a browser");
                Assert.True(here.Scheme == "https" || seen.HostName is "127.0.0.1" or "[::1]" or "localhost", text);
                Assert.Equal(here.Scheme == "http", RedirectUri.IsLoopback(text));
            }
        }
    }

    [Fact]
    public void Any_text_can_be_checked_without_an_exception() => Texts.Sample(
        text =>
        {
            _ = RedirectUri.ValidateForRegistration(text);
            _ = RedirectUri.GoesToThisDevice(text);
            Assert.True(!RedirectUri.IsLoopback(text) || RedirectUri.GoesToThisDevice(text), text);
            Assert.True(!RedirectUri.IsPrivateUse(text) || RedirectUri.GoesToThisDevice(text), text);
        },
        iter: RunOptions.Properties);

    /// <summary>A trailing dot does not change a host name, and an IPv6 address has several spellings.</summary>
    private static string NameOrAddress(string host) => host[0] == '[' ? IPAddress.Parse(host).ToString() : host.TrimEnd('.');

    /// <summary>An independent implementation of RFC 8252 §7.3.</summary>
    private static bool DifferInLoopbackPort(string one, string other)
    {
        var (a, b) = (Loopback().Match(one), Loopback().Match(other));
        return a.Success && b.Success && a.Groups["host"].Value == b.Groups["host"].Value
            && a.Groups["rest"].Value == b.Groups["rest"].Value;
    }

    [GeneratedRegex(
        @"\Ahttp://(?<host>127\.0\.0\.1|\[::1\]|localhost)"
        + @"(:0*([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
        + @"(?<rest>|[/?](?s:.*))\z",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Loopback();

    [GeneratedRegex(@"[^\x21-\x7e]|[\\""<>^`{|}#*]|\A[A-Za-z][A-Za-z0-9+.-]*://[^/?]*@", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ForbiddenCharacters();

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9+.-]*:", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HasScheme();

    [GeneratedRegex(
        @"\A(javascript|data|file|vbscript|blob|about|ws|wss|ftp):", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex ForbiddenScheme();
}
