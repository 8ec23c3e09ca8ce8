using System.Text.Json;
using Latchkey.Server.SignIns;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.SignIns;

public sealed class Ends_of_sign_ins_on_SQLite(OnSqlite host) : Ends_of_sign_ins(host), IClassFixture<OnSqlite>;

public sealed class Ends_of_sign_ins_on_PostgreSQL(OnPostgres host) : Ends_of_sign_ins(host), IClassFixture<OnPostgres>;

/// <summary>Sign-ins whose time ran out: no request tells of what did not happen.</summary>
public abstract class Ends_of_sign_ins(LatchkeyHost host)
{
    /// <summary>A sign-in that was left says where at the latest this long after its time ran out.</summary>
    private static readonly TimeSpan Latest = TimeSpan.FromSeconds(15);

    /// <summary>Stage, lifetime of the stage in seconds, cause, outcome and station.</summary>
    public static TheoryData<string, int, string, string, string> Ends => new()
    {
        { LoginFlow.AwaitingLogin, 900, SignInCloser.LoginNeverReported, "stopped", "login" },
        { LoginFlow.AwaitingReturn, 120, SignInCloser.NeverCameBack, "stopped", "return" },
        { LoginFlow.AwaitingConsent, 600, SignInCloser.ConsentLeft, "left", "consent" },
        { LoginFlow.AwaitingExchange, 60, SignInCloser.CodeNeverRedeemed, "stopped", "token" },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task A_sign_in_that_was_left_says_where_within_15_seconds(
        string stage, int seconds, string cause, string outcome, string station)
    {
        var company = await host.NewCompanyAsync();
        using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), stage);

        await CloseAfterAsync(TimeSpan.FromSeconds(seconds - 1));
        Assert.Equal("running", Text(await OfClientAsync(login.Client), "outcome"));
        await CloseAfterAsync(TimeSpan.FromSeconds(1) + Latest - SignInCloser.Pause);

        var found = await OfClientAsync(login.Client);
        Assert.Equal((outcome, station), (Text(found, "outcome"), Text(found, "stopped_at")));
        Explained.ByCause(cause, found.GetProperty("cause"));
    }

    [Fact]
    public async Task A_person_who_left_is_told_from_a_login_page_that_does_not_report()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await client.TokensAsync();
        using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.AwaitingLogin);

        await CloseAfterAsync(TimeSpan.FromMinutes(15) + Latest - SignInCloser.Pause);

        var found = await OfClientAsync(login.Client);
        Assert.Equal("left", Text(found, "outcome"));
        Explained.ByCause(SignInCloser.LoginLeft, found.GetProperty("cause"));
    }

    /// <summary>The end repeats the cause of the refusal on the way, and must not hide the values that differ.</summary>
    [Fact]
    public async Task An_end_after_a_refusal_keeps_what_was_sent_and_expected()
    {
        var company = await host.NewCompanyAsync();
        using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.AwaitingExchange);
        await References.OfErrorAsync(login.Client.RedeemAsync(login.Code!, ("redirect_uri", McpClient.Loopback + "/")));

        await CloseAfterAsync(TimeSpan.FromMinutes(1) + Latest - SignInCloser.Pause);

        var found = await OfClientAsync(login.Client);
        Assert.Equal("stopped", Text(found, "outcome"));
        var compared = found.GetProperty("cause").GetProperty("compared");
        Assert.Equal(
            ("redirect_uri", McpClient.Loopback + "/", McpClient.Loopback, "has more at the end: /"),
            (Text(compared, "name"), Text(compared, "sent"), Text(compared, "expected"), Text(compared, "difference")));
    }

    private async Task CloseAfterAsync(TimeSpan time)
    {
        host.Clock.Advance(time);
        await host.Services.GetRequiredService<SignInCloser>().CloseAsync(CancellationToken.None);
    }

    /// <summary>The newest sign-in of the client, which companies of these tests have for themselves.</summary>
    private async Task<JsonElement> OfClientAsync(McpClient client) =>
        (await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests?client={client.Id}")).GetProperty("auth_requests")[0];

    private static string? Text(JsonElement body, string name) => body.TryGetProperty(name, out var value) ? value.GetString() : null;
}
