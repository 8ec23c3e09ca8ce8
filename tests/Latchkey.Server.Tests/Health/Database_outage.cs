using System.Net;
using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.Health;

/// <summary>A host with a PostgreSQL server of its own, which the test stops.</summary>
public sealed class OnItsOwnPostgres : LatchkeyHost
{
    public PostgresServer Server { get; private set; } = null!;

    private protected override async Task<string> StorageAsync(string folder)
    {
        Server = await PostgresServer.StartNewAsync();
        return "postgres:" + await Server.CreateDatabaseAsync();
    }
}

/// <summary>Clients discard their tokens on <c>invalid_grant</c>, so an outage of the database must be a 503 instead.</summary>
public sealed class Database_outage(OnItsOwnPostgres host) : IClassFixture<OnItsOwnPostgres>, IAsyncDisposable
{
    public ValueTask DisposeAsync() => host.Server.DisposeAsync();

    [Fact]
    [Spec("RFC 7009 §2.2.1", "trouble-is-503")]
    public async Task Endpoints_that_need_the_database_are_503_and_no_token_code_or_login_is_lost()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var server = await ResourceServer.CreateAsync(company);
        using var browser = new Browser(host);
        var tokens = await client.TokensAsync();
        var code = await client.CodeAsync(browser);
        var details = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(details.LoginRequestId);
        var unreported = await browser.StartAsync(client.Authorize());
        host.ResponseAudit.ExpectsStorageAway = true;
        await host.Server.StopAsync();

        await ExpectUnavailableAsync(await client.RefreshAsync(tokens.Refresh!));
        await ExpectUnavailableAsync(await client.RedeemAsync(code));
        await ExpectUnavailableAsync(await client.RevokeAsync(tokens.Refresh!));
        foreach (var token in new[] { tokens.Refresh!, tokens.Access })
        {
            await ExpectUnavailableAsync(await ResourceServer.TryIntrospectAsync(host, server.Id, server.Secret, token));
        }

        await ExpectUnavailablePageAsync(await browser.GetAsync(client.Authorize()));
        await ExpectUnavailablePageAsync(await browser.GetAsync(report.CallbackPath));
        using var reported = await company.TryReportAsync(unreported.LoginRequestId);
        AssertRetry(reported);
        await Expect.ProblemAsync(reported, 503, "temporarily_unavailable");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync("/readyz"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/healthz"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/keys"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"/.well-known/oauth-authorization-server/resources/{company.ResourceId}"));

        await host.Server.StartAsync();
        await Eventually.TrueAsync(async () => await StatusAsync("/readyz") == HttpStatusCode.OK, "the server does not become ready again");

        host.ResponseAudit.ExpectsStorageAway = false;
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        await Tokens.OfAsync(await client.RedeemAsync(code));
        await company.ReportAsync(unreported.LoginRequestId);
        await browser.ComeBackAsync((await company.ReportAsync(details.LoginRequestId)).CallbackPath);
    }

    private static async Task ExpectUnavailableAsync(HttpResponseMessage answer)
    {
        AssertRetry(answer);
        await Expect.ErrorAsync(answer, 503, "temporarily_unavailable");
    }

    private static async Task ExpectUnavailablePageAsync(HttpResponseMessage answer)
    {
        AssertRetry(answer);
        await Expect.PageAsync(answer, 503, "temporarily_unavailable");
    }

    private static void AssertRetry(HttpResponseMessage answer) => Assert.Equal(TimeSpan.FromSeconds(2), answer.Headers.RetryAfter?.Delta);

    private async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var answer = await host.Anonymous.GetAsync(path);
        return answer.StatusCode;
    }
}
