using Latchkey.Server.Clients;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Tests.ClientMetadata;

/// <summary>The history of a client's description, which the dashboard compares member by member.</summary>
public sealed class Recorded_changes_of_clients
{
    private static readonly Client Former = new()
    {
        Id = new ClientId("https://client.example/client.json"),
        Name = "Claude",
        Origin = ClientOrigin.Document,
        RedirectUris = ["https://client.example/a", "https://client.example/b"],
        Class = ClientClass.Public,
        TokenEndpointAuthMethod = "none",
        CreatedAt = default,
        UpdatedAt = default,
    };

    [Theory]
    [InlineData("Helper")]
    [InlineData("A'; redirect URIs added: x; removed: y")]
    [InlineData("keys; the keys or the authentication method changed")]
    public void What_was_recorded_is_read_back(string name)
    {
        var changed = Former with
        {
            Name = name,
            RedirectUris = ["https://client.example/b", "https://client.example/c"],
            Class = ClientClass.Key,
            TokenEndpointAuthMethod = "private_key_jwt",
        };
        var read = ClientChange.Read(ClientChange.Between(Former, changed)!)!;
        Assert.Equal(("Claude", name), read.Name);
        Assert.Equal("https://client.example/a", Assert.Single(read.Removed));
        Assert.Equal("https://client.example/c", Assert.Single(read.Added));
        Assert.True(read.HasOtherKeys);
    }

    /// <summary>A client chooses its name, and must not be able to show another change than it made.</summary>
    [Theory]
    [InlineData("A'; redirect URIs added: https://a.example/; removed: https://b.example/")]
    [InlineData("A'; the keys or the authentication method changed")]
    public void A_name_that_looks_like_another_change_is_a_name(string name)
    {
        var read = ClientChange.Read(ClientChange.Between(Former, Former with { Name = name })!)!;
        Assert.Equal(("Claude", name), read.Name);
        Assert.Empty(read.Added);
        Assert.False(read.HasOtherKeys);
    }

    [Fact]
    public void A_change_of_one_member_names_no_other_one()
    {
        var read = ClientChange.Read(ClientChange.Between(Former, Former with { RedirectUris = [] })!)!;
        Assert.Null(read.Name);
        Assert.Equal(2, read.Removed.Count);
        Assert.Empty(read.Added);
        Assert.False(read.HasOtherKeys);
    }

    [Fact]
    public void Added_redirect_URIs_and_other_keys_are_read_together()
    {
        var changed = Former with { RedirectUris = [.. Former.RedirectUris, "https://client.example/c"], Class = ClientClass.Key };
        var read = ClientChange.Read(ClientChange.Between(Former, changed with { TokenEndpointAuthMethod = "private_key_jwt" })!)!;
        Assert.Equal("https://client.example/c", Assert.Single(read.Added));
        Assert.Empty(read.Removed);
        Assert.True(read.HasOtherKeys);
    }

    [Fact]
    public void A_shortened_sentence_is_not_read() =>
        Assert.Null(ClientChange.Read(ClientChange.Between(Former, Former with { Name = new string('x', 3_000) })!));
}
