using Latchkey.Server.OAuth;

namespace Latchkey.Server.Tests.OAuth;

public sealed class A_resource_URI
{
    [Theory]
    [InlineData("https://mcp.example/mcp", "HTTPS://MCP.example:443/mcp/")]
    [InlineData("https://mcp.example", "https://mcp.example/")]
    [InlineData("http://[::1]:8080/mcp", "http://[::1]:8080/mcp/")]
    [Spec("RFC 8707 §2", "same-in-client-spellings")]
    public void Is_the_same_in_spellings_that_clients_use(string one, string other) => Assert.Equal(ResourceUri.Canonical(one), ResourceUri.Canonical(other));

    [Theory]
    [InlineData("https://mcp.example/mcp", "https://mcp.example/MCP")]
    [InlineData("https://127.0.0.1/mcp", "https://0x7f.1/mcp")]
    [InlineData("https://127.0.0.1/mcp", "https://2130706433/mcp")]
    [InlineData("https://[::1]/mcp", "https://[0:0:0:0:0:0:0:1]/mcp")]
    [InlineData("https://mcp.example/mcp", "https://mcp.example/mcp//")]
    [Spec("RFC 8707 §2", "same-in-client-spellings")]
    public void Is_another_in_every_other_spelling(string one, string other) => Assert.NotEqual(ResourceUri.Canonical(one), ResourceUri.Canonical(other));

    [Theory]
    [InlineData("https://mcp.example/mcp//")]
    [InlineData("https://mcp.example//")]
    [InlineData("https://mcp.example/mcp/")]
    public void Stays_as_it_is_once_it_is_canonical(string text) => Assert.Equal(ResourceUri.Canonical(text), ResourceUri.Canonical(ResourceUri.Canonical(text)!));

    [Theory]
    [InlineData("https://@mcp.example/mcp")]
    [InlineData("https://user@mcp.example/mcp")]
    [InlineData("notes://[::1]x/mcp")]
    [InlineData("https://mcp.example/mcp#x")]
    [InlineData("mcp.example")]
    [Spec("RFC 8707 §2", "absolute-without-fragment")]
    public void Is_absolute_without_user_or_fragment(string text) => Assert.Null(ResourceUri.Canonical(text));
}
