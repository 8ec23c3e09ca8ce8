using System.Net;
using Latchkey.Server.ClientDocuments;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Tests.ClientDocuments;

[Spec("draft-ietf-oauth-client-id-metadata-document §3")]
public sealed class A_client_id_URL
{
    [Theory]
    [InlineData("https://client.example/client.json")]
    [InlineData("https://client.example:8443/oauth/client")]
    [InlineData("https://client.example/a?version=1")]
    [InlineData("https://xn--bcher-kva.example/client")]
    public void Is_https_with_a_path(string text) => Assert.True(ClientIdUrl.IsWellFormed(text));

    [Theory]
    [InlineData("http://client.example/client.json")]
    [InlineData("https://client.example")]
    [InlineData("https://client.example/")]
    [InlineData("https://client.example/a#b")]
    [InlineData("https://user@client.example/a")]
    [InlineData("https://user:pw@client.example/a")]
    [InlineData("https://client.example/./a")]
    [InlineData("https://client.example/a/../b")]
    [InlineData("https://client.example/%2e%2e/b")]
    [InlineData("https://client.example/%2E/b")]
    [InlineData("https://client.example/.%2e/b")]
    [InlineData("https://Client.example/a")]
    [InlineData("HTTPS://client.example/a")]
    [InlineData("https://client.example:443/a")]
    [InlineData("https://127.0.0.1/a")]
    [InlineData("https://[::1]/a")]
    [InlineData("https://0x7f.1/a")]
    [InlineData("https://2130706433/a")]
    [InlineData("https://127.1/a")]
    [InlineData("https://0177.0.0.1/a")]
    [InlineData("https://client.example/a b")]
    [InlineData("https://client.example\\@evil.example/a")]
    [InlineData("https://bücher.example/a")]
    [InlineData("https:///a")]
    [InlineData("https://")]
    public void Is_nothing_else(string text) => Assert.False(ClientIdUrl.IsWellFormed(text));

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.15.0.1")]
    [InlineData("172.32.0.1")]
    [InlineData("2606:4700::1111")]
    public void May_lead_to_a_public_address(string address) => Assert.True(PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("192.0.0.8")]
    [InlineData("198.18.0.1")]
    [InlineData("203.0.113.9")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("fe80::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("ff02::1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::8.8.8.8")]
    [InlineData("64:ff9b::808:808")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("2002:7f00:1::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2001::1")]
    [InlineData("100::1")]
    [InlineData("fe80::1%1")]
    public void Never_leads_to_any_other(string address) => Assert.False(PublicAddress.Is(IPAddress.Parse(address)));
}
