using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Tests.OAuth;

public sealed class Host_names
{
    [Theory]
    [InlineData("client.example", "client.example")]
    [InlineData("client.example.", "client.example")]
    [InlineData("CLIENT.Example", "client.example")]
    [InlineData("XN--BCHER-KVA.example", "xn--bcher-kva.example")]
    [InlineData("a_b.example", "a_b.example")]
    [InlineData("localhost", "localhost")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1.", "127.0.0.1")]
    [InlineData("0x7f.1", "127.0.0.1")]
    [InlineData("0X7F000001", "127.0.0.1")]
    [InlineData("127.1", "127.0.0.1")]
    [InlineData("2130706433", "127.0.0.1")]
    [InlineData("017700000001", "127.0.0.1")]
    [InlineData("0177.0.0.1", "127.0.0.1")]
    [InlineData("0", "0.0.0.0")]
    [InlineData("0x", "0.0.0.0")]
    [InlineData("1.2.65535", "1.2.255.255")]
    [InlineData("[::1]", "[::1]")]
    [InlineData("[0:0:0:0:0:0:0:1]", "[::1]")]
    [InlineData("[2001:DB8::A]", "[2001:db8::a]")]
    [InlineData("[::ffff:127.0.0.1]", "127.0.0.1")]
    [InlineData("[::FFFF:7F00:1]", "127.0.0.1")]
    public void Each_spelling_of_a_host_has_one_canonical_form(string text, string canonical)
    {
        Assert.Equal(canonical, HostName.Canonical(text));
        Assert.Equal(canonical, HostName.Canonical(canonical));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("client.example..")]
    [InlineData(".client.example")]
    [InlineData("client..example")]
    [InlineData("client.example:443")]
    [InlineData("client.example/")]
    [InlineData("client%2eexample")]
    [InlineData("bücher.example")]
    [InlineData("client。example")]
    [InlineData("client．example")]
    [InlineData("client｡example")]
    [InlineData("ｃlient.example")]
    [InlineData("cl\u0131ent.example")]
    [InlineData("client\u00ad.example")]
    [InlineData("client example")]
    [InlineData("user@client.example")]
    [InlineData("256.0.0.1")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.08")]
    [InlineData("1.2.65536")]
    [InlineData("4294967296")]
    [InlineData("client.example.0x7f")]
    [InlineData("client.example.1")]
    [InlineData("[::1%25lo]")]
    [InlineData("[::1%lo]")]
    [InlineData("[fe80::1%1]")]
    [InlineData("[::1")]
    [InlineData("::1")]
    [InlineData("[127.0.0.1]")]
    [InlineData("[client.example]")]
    public void Any_other_text_is_not_a_host(string text) => Assert.Null(HostName.Canonical(text));

    /// <summary>An entry that was stored before it had to be in canonical form counts in its canonical form.</summary>
    [Theory]
    [InlineData("evil.example", "evil.example.", true)]
    [InlineData("evil.example", "EVIL.example", true)]
    [InlineData("evil.example.", "evil.example", true)]
    [InlineData("Evil.Example", "evil.example", true)]
    [InlineData("*.evil.example.", "a.evil.example", true)]
    [InlineData("*.evil.example", "a.EVIL.example.", true)]
    [InlineData("*.evil.example", "evil.example.", false)]
    [InlineData("evil.example", "notevil.example", false)]
    public void A_host_list_matches_every_spelling_of_its_hosts(string entry, string host, bool isIncluded) =>
        Assert.Equal(isIncluded, new HostList([entry]).Includes(host));

    [Theory]
    [InlineData("evil.example.")]
    [InlineData("*.evil.example.")]
    [InlineData("evil。example")]
    [InlineData("1.2.3.4")]
    [InlineData("evil.0x7f")]
    [InlineData("localhost")]
    public void A_host_list_entry_that_is_not_in_canonical_form_is_refused(string entry) => Assert.NotNull(HostList.ValidateEntry(entry));

    [Theory]
    [InlineData("HTTPS://Client.Example.:443/Path", "https://client.example/Path")]
    [InlineData("https://client.example:8443/a?b", "https://client.example:8443/a?b")]
    [InlineData("https://client.example/*/a", "https://client.example/*/a")]
    [InlineData("cursor://Anysphere/callback", "cursor://Anysphere/callback")]
    public void A_catalogue_pattern_is_compared_with_its_host_in_canonical_form(string pattern, string canonical) =>
        Assert.Equal(canonical, WebUrl.WithCanonicalOrigin(pattern));
}
