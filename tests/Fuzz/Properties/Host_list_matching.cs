using CsCheck;
using Latchkey.Server.Resources;

namespace Fuzz.Properties;

public sealed class Host_list_matching
{
    private static readonly Gen<string> Host = Gen.OneOf(
        "client.example", "a.client.example", "b.a.client.example", "evilclient.example", "example", "client.example.", "CLIENT.example",
        ".client.example", "xn--bcher-kva.example", "1.2.3.4", "localhost");
    private static readonly Gen<string> Entry = Texts.Nearly(Gen.Select(Gen.OneOf("", "*."), Host, (star, host) => star + host));

    [Fact]
    public void An_entry_is_a_lower_case_host_with_a_dot_or_a_wildcard_for_its_subdomains() => Entry.Sample(
        text =>
        {
            if (HostList.ValidateEntry(text) is null)
            {
                var host = text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text;
                Assert.InRange(text.Length, 3, HostList.MaxLength);
                Assert.DoesNotContain(
                    host, character => character is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '-' or '_'));
                Assert.Contains('.', host);
                Assert.False(host.EndsWith('.'), text);
            }
        },
        iter: RunOptions.Properties);

    [Fact]
    public void A_list_matches_its_hosts_and_the_subdomains_of_its_wildcards_only() => Gen.Select(Entry.Array[0, 4], Host).Sample(
        (entries, host) =>
        {
            string[] accepted = [.. entries.Where(e => HostList.ValidateEntry(e) is null)];
            var name = host.TrimEnd('.').ToLowerInvariant();
            var labels = name.Split('.');
            var expected = accepted.Any(e => e == name || (e[0] == '*' && labels.Length > e[2..].Split('.').Length
                && labels.TakeLast(e[2..].Split('.').Length).SequenceEqual(e[2..].Split('.'), StringComparer.Ordinal)));
            Assert.Equal(expected, new HostList(accepted).Includes(host));
        },
        iter: RunOptions.Properties);
}
