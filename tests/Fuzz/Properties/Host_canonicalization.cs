using System.Collections.Concurrent;
using System.Globalization;
using CsCheck;
using Latchkey.Server.Network;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;

namespace Fuzz.Properties;

/// <summary>A browser's URL parser is the second opinion on which texts are one host.</summary>
public sealed class Host_canonicalization
{
    private static readonly Gen<string> Number = Gen.Select(Gen.UInt, Gen.Int[0, 4], Gen.Bool, (number, shift, isSmall) =>
    {
        var value = isSmall ? number % 300 : number >> (8 * shift % 32);
        return shift switch
        {
            0 => value.ToString(CultureInfo.InvariantCulture),
            1 => $"0x{value:x}",
            2 => $"0X{value:X}",
            3 => "0" + Convert.ToString(value, toBase: 8),
            _ => $"00{value}",
        };
    });

    private static readonly Gen<string> Label = Gen.OneOf<string>(
        Gen.OneOf(
            "client", "example", "CLIENT", "eXample", "xn--bcher-kva", "XN--BCHER-KVA", "a-b", "a_b", "0x", "0xg", "08", "1e3",
            "localhost"),
        Gen.Char["abcxyzABC019-"].Array[1, 6].Select(characters => new string(characters)));

    private static readonly Gen<string> Name = Gen.Select(
        Label.Array[1, 4], Gen.Frequency((12, ""), (3, "."), (1, "..")), (labels, end) => string.Join('.', labels) + end);

    private static readonly Gen<string> Address = Gen.Select(
        Number.Array[1, 5], Gen.Frequency((12, ""), (2, ".")), (numbers, end) => string.Join('.', numbers) + end);

    private static readonly Gen<string> AddressOf6 = Gen.Select(
        Gen.OneOf("0", "00", "1", "A", "a", "db8", "0DB8", "ffff", "FFFF", "7f00", "").Array[1, 9],
        Gen.Frequency((6, ""), (1, "::"), (1, "127.0.0.1"), (1, "%25lo"), (1, "%lo")),
        (groups, end) => $"[{string.Join(':', groups)}{(end.StartsWith('%') ? end : end.Length > 0 ? ":" + end : "")}]");

    private static readonly Gen<string> Foreign = Gen.Select(
        Name, Gen.OneOf("。", "．", "｡", "ｃ", "ü", "ß", "\u00ad", "\u200d", "%2e", "%E3%80%82", "%63", "İ", "\u0131", "①"), Gen.Int[0, 30],
        (name, what, at) => name.Insert(at % (name.Length + 1), what));

    private static readonly Gen<string> Hosts = Gen.OneOf<string>(
        Name, Address, AddressOf6, Foreign, Texts.Nearly(Name), Texts.Nearly(Address));

    [Fact]
    public void The_canonical_form_is_stable_and_of_allowed_characters() => Gen.OneOf<string>(Hosts, Texts.Any).Sample(
        text =>
        {
            if (HostName.Canonical(text) is { } canonical)
            {
                Assert.Equal(canonical, HostName.Canonical(canonical));
                Assert.DoesNotContain(
                    canonical, c => !(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.' or ':' or '[' or ']'));
                Assert.False(canonical.EndsWith('.'), canonical);
                Assert.InRange(canonical.Length, 1, HostName.MaxLength);
            }
        },
        iter: RunOptions.Properties);

    /// <summary>
    /// A browser keeps two hosts apart that are one here: the absolute form of a name, and an IPv4 address in IPv6 form. It accepts names
    /// in other scripts and encodings, which are refused here. Everything else agrees.
    /// </summary>
    [Fact]
    public async Task A_browser_reads_each_accepted_host_as_the_same_host()
    {
        var accepted = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        Hosts.Sample(
            text =>
            {
                if (HostName.Canonical(text) is { } canonical)
                {
                    accepted[text] = canonical;
                }
            },
            iter: RunOptions.Properties);
        Assert.True(accepted.Count > 200, $"only {accepted.Count} of the samples were hosts");

        string[] texts = [.. accepted.Keys];
        var seen = await BrowserUrl.ReadAsync([.. texts.Select(t => $"https://{t}/")]);
        foreach (var (text, url) in texts.Zip(seen))
        {
            // A browser refuses some xn-- labels that DNS could have. They cannot be mistaken for another host.
            if (url is null)
            {
                Assert.Contains("xn--", text, StringComparison.OrdinalIgnoreCase);
                continue;
            }

            var expected = url.HostName.EndsWith('.') ? url.HostName[..^1] : url.HostName;
            Assert.True(
                expected == accepted[text] || IsSameAddress(expected, accepted[text]), $"'{text}': {expected} and {accepted[text]}");
        }
    }

    /// <summary>Whatever a browser reads as a canonical host of a list is that host here, or is refused.</summary>
    [Fact]
    public async Task No_spelling_that_a_browser_reads_as_a_denied_host_passes_the_deny_list()
    {
        var list = new HostList(["client.example", "*.client.example", "xn--bcher-kva.example"]);
        var spellings = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        Gen.OneOf<string>(
            Texts.Nearly(Gen.OneOf("client.example", "a.client.example", "xn--bcher-kva.example", "CLIENT.EXAMPLE.")), Foreign)
            .Sample(text => spellings[text] = true, iter: RunOptions.Properties);
        string[] texts = [.. spellings.Keys];
        var seen = await BrowserUrl.ReadAsync([.. texts.Select(t => $"https://{t}/doc")]);
        foreach (var (text, url) in texts.Zip(seen))
        {
            if (url is not null && list.Includes(url.HostName) && ClientIdUrl.IsWellFormed($"https://{text}/doc"))
            {
                Assert.True(list.Includes(ClientIdUrl.HostOf($"https://{text}/doc")), text);
            }
        }
    }

    [Fact]
    public void The_host_map_finds_every_spelling_of_its_hosts() => Gen.Select(Name, Gen.Bool, Gen.Bool).Sample(
        (name, isUpper, isAbsolute) =>
        {
            if (HostName.Canonical(name) is { } canonical)
            {
                var map = HostMap.Parse($"{(isUpper ? name.ToUpperInvariant() : name)}=127.0.0.1:9");
                Assert.NotNull(map.Find(isAbsolute ? canonical + "." : canonical, 443));
                Assert.Null(map.Find(canonical, 8443));
            }
        },
        iter: RunOptions.Properties / 10);

    private static bool IsSameAddress(string one, string other) =>
        System.Net.IPAddress.TryParse(one.Trim('[', ']'), out var first)
        && System.Net.IPAddress.TryParse(other.Trim('[', ']'), out var second)
        && (first.IsIPv4MappedToIPv6 ? first.MapToIPv4() : first).Equals(second);
}
