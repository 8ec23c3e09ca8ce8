using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Revoke;

public sealed class Revoking_on_SQLite(OnSqlite host) : Revoking(host), IClassFixture<OnSqlite>;

public sealed class Revoking_on_PostgreSQL(OnPostgres host) : Revoking(host), IClassFixture<OnPostgres>;

[Spec("RFC 7009 §2")]
public abstract class Revoking(LatchkeyHost host)
{
    [Theory]
    [InlineData("refresh")]
    [InlineData("access")]
    public async Task A_token_ends_its_grant_and_no_other(string kind)
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var tokens = await client.TokensAsync();
        var other = await client.TokensAsync();

        using var answer = await client.RevokeAsync(kind == "refresh" ? tokens.Refresh! : tokens.Access);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        await Tokens.OfAsync(await client.RefreshAsync(other.Refresh!));
    }

    [Fact]
    public async Task A_token_of_another_client_is_refused_and_the_token_lives()
    {
        var company = await host.NewCompanyAsync();
        var owner = await McpClient.RegisterAsync(company);
        var thief = await McpClient.RegisterAsync(company, "http://127.0.0.1:5000/thief");
        var tokens = await owner.TokensAsync();

        await Expect.ErrorAsync(await thief.RevokeAsync(tokens.Refresh!), 400, "invalid_grant");
        await Expect.ErrorAsync(await thief.RevokeAsync(tokens.Access), 400, "invalid_grant");
        await Tokens.OfAsync(await owner.RefreshAsync(tokens.Refresh!));
    }

    [Fact]
    public async Task An_unknown_token_is_a_success_and_no_token_is_not()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var unknown = await client.RevokeAsync("whatever");
        Assert.Equal(HttpStatusCode.OK, unknown.StatusCode);
        await Expect.ErrorAsync(await client.RevokeAsync(""), 400, "invalid_request");
    }

    [Fact]
    public async Task Without_being_the_client_is_refused()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        var tokens = await client.TokensAsync();
        var impostor = new McpClient(company, client.Id, secret: null, client.RedirectUri);

        await Expect.ErrorAsync(await impostor.RevokeAsync(tokens.Refresh!), 401, "invalid_client");
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }
}
