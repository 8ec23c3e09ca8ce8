using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.SignIns;

/// <summary><c>latchkey sign-ins</c> reads the log of the settings, also while the server runs.</summary>
public sealed class Sign_ins_command(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task Lists_and_explains_sign_ins()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await client.TokensAsync();
        var signIn = (await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests?client_id={client.Id}")).GetProperty("auth_requests")[0];
        var reference = signIn.GetProperty("reference").GetString()!;
        using var line = CommandLine.At(host);

        var list = (await line.RunAsync("sign-ins")).Ended();
        Assert.StartsWith("WHEN (UTC)", list, StringComparison.Ordinal);
        Assert.Contains(reference, list, StringComparison.Ordinal);
        Assert.Contains("connected", list, StringComparison.Ordinal);
        Assert.DoesNotContain(reference, (await line.RunAsync("sign-ins", "--failed")).Ended(), StringComparison.Ordinal);

        foreach (var key in (string[])[
            reference, reference.Replace("-", "", StringComparison.Ordinal), signIn.GetProperty("id").GetString()!])
        {
            var explained = (await line.RunAsync("sign-ins", key)).Ended();
            Assert.Contains("token.issued", explained, StringComparison.Ordinal);
            Assert.Contains(client.Id, explained, StringComparison.Ordinal);
        }

        Assert.Contains("is not a reference", (await line.RunAsync("sign-ins", "nothing")).Ended(2), StringComparison.Ordinal);
        Assert.Contains("nothing with the reference", (await line.RunAsync("sign-ins", "0000-0000")).Ended(2), StringComparison.Ordinal);
    }
}
