using Latchkey.Server.Resources;

namespace Latchkey.Server.Tests.Resources;

public sealed class Host_list_entries
{
    [Theory]
    [InlineData("client.example")]
    [InlineData("*.client.example")]
    [InlineData("xn--bcher-kva.example")]
    public void Host_names_as_they_appear_in_client_ids_are_accepted(string entry) => Assert.Null(HostList.ValidateEntry(entry));

    /// <summary>An operator would rely on an entry that never takes effect.</summary>
    [Theory]
    [InlineData("bücher.example")]
    [InlineData("clİent.example")]
    [InlineData("Client.example")]
    [InlineData("client")]
    [InlineData("*")]
    [InlineData("*.*.example")]
    [InlineData("client.example/path")]
    public void An_entry_that_can_never_match_a_client_id_is_refused(string entry) => Assert.NotNull(HostList.ValidateEntry(entry));
}
