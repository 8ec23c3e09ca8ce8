using Latchkey.Server.Resources;

namespace Latchkey.Server.Tests.Resources;

public sealed class A_list_of_hosts
{
    [Theory]
    [InlineData("client.example")]
    [InlineData("*.client.example")]
    [InlineData("xn--bcher-kva.example")]
    public void Takes_names_as_they_stand_in_client_ids(string entry) => Assert.Null(HostList.WhyNotEntry(entry));

    /// <summary>An entry that could include nobody would be believed to keep somebody out.</summary>
    [Theory]
    [InlineData("bücher.example")]
    [InlineData("clİent.example")]
    [InlineData("Client.example")]
    [InlineData("client")]
    [InlineData("*")]
    [InlineData("*.*.example")]
    [InlineData("client.example/path")]
    public void Refuses_what_could_never_be_the_host_of_one(string entry) => Assert.NotNull(HostList.WhyNotEntry(entry));
}
