using Latchkey.Server.OAuth;

namespace Latchkey.Server.Tests.OAuth;

public sealed class Resource_URIs
{
    [Theory]
    [InlineData("https://mcp.example/mcp", "HTTPS://MCP.example:443/mcp/")]
    [InlineData("https://mcp.example", "https://mcp.example/")]
    [InlineData("http://[::1]:8080/mcp", "http://[::1]:8080/mcp/")]
    [InlineData("https://mcp.example/mcp", "https://mcp.example./mcp")]
    [InlineData("https://127.0.0.1/mcp", "https://0x7f.1/mcp")]
    [InlineData("https://127.0.0.1/mcp", "https://2130706433/mcp")]
    [InlineData("https://[::1]/mcp", "https://[0:0:0:0:0:0:0:1]/mcp")]
    [InlineData("https://127.0.0.1/mcp", "https://[::ffff:7f00:1]/mcp")]
    [Spec("RFC 8707 §2", "same-in-client-spellings")]
    public void Spellings_that_clients_use_are_the_same_resource(string one, string other) =>
        Assert.Equal(ResourceUri.Canonical(one), ResourceUri.Canonical(other));

    [Theory]
    [InlineData("https://mcp.example/mcp", "https://mcp.example/MCP")]
    [InlineData("https://127.0.0.1/mcp", "https://127.0.0.2/mcp")]
    [InlineData("https://mcp.example/mcp", "https://mcp.example/mcp//")]
    [Spec("RFC 8707 §2", "same-in-client-spellings")]
    public void Every_other_spelling_is_another_resource(string one, string other) =>
        Assert.NotEqual(ResourceUri.Canonical(one), ResourceUri.Canonical(other));

    [Theory]
    [InlineData("https://mcp.example/mcp//")]
    [InlineData("https://mcp.example//")]
    [InlineData("https://mcp.example/mcp/")]
    public void A_canonical_URI_stays_unchanged(string text) =>
        Assert.Equal(ResourceUri.Canonical(text), ResourceUri.Canonical(ResourceUri.Canonical(text)!));

    [Theory]
    [InlineData("https://@mcp.example/mcp")]
    [InlineData("https://user@mcp.example/mcp")]
    [InlineData("notes://[::1]x/mcp")]
    [InlineData("https://mcp.example/mcp#x")]
    [InlineData("mcp.example")]
    [InlineData("https://mcp.example../mcp")]
    [InlineData("notes://mcp%2eexample/mcp")]
    [InlineData("https://mcp%E3%80%82example/mcp")]
    [InlineData("https://[fe80::1%25eth0]/mcp")]
    [Spec("RFC 8707 §2", "absolute-without-fragment")]
    public void A_relative_URI_or_one_with_user_or_fragment_is_invalid(string text) => Assert.Null(ResourceUri.Canonical(text));
}
