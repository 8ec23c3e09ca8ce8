using Latchkey.Server.Operators;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>The pages of a test of a login page; the login itself is in <c>Login/Test_logins.cs</c>.</summary>
public sealed class Test_login_pages(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task Lines_come_as_Server_Sent_Events_and_the_stream_ends_with_the_test()
    {
        using var test = await TestLogin.BeginAsync(host);
        using var stream = await EventStream.OpenAsync(test.User, test.PagePath + "/live.events");
        Assert.Contains("\"waiting\":true", await stream.NextAsync("lines"), StringComparison.Ordinal);

        await test.ReportAsync();
        Assert.Contains("Your backend reported ada@acme.example", await stream.NextAsync("lines"), StringComparison.Ordinal);
        using var returned = await test.User.GetAsync(test.Report!.CallbackPath);
        Assert.Contains("\"waiting\":false", await stream.NextAsync("lines"), StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.NextAsync("lines"));
    }

    [Fact]
    public async Task Without_a_script_the_page_loads_itself_while_it_waits()
    {
        using var test = await TestLogin.BeginAsync(host);
        var refresh = $"<noscript><meta http-equiv=\"refresh\" content=\"3;url={test.PagePath}\"";
        Assert.Contains(refresh, await test.User.OpenAsync(test.PagePath), StringComparison.Ordinal);

        using var returned = await test.ComeBackAsync();
        Assert.DoesNotContain("http-equiv", await test.User.OpenAsync(test.PagePath), StringComparison.Ordinal);
    }

    /// <summary>Browsers leave a <c>SameSite=Strict</c> cookie out of the redirect from the login page.</summary>
    [Fact]
    public async Task The_arrival_from_the_login_page_loads_the_page_once_more()
    {
        using var test = await TestLogin.BeginAsync(host);
        using var returned = await test.ComeBackAsync();
        using var visitor = new Browser(host);

        using var arrival = await visitor.GetAsync(test.PagePath, ("Sec-Fetch-Site", "cross-site"));
        var html = await arrival.Content.ReadAsStringAsync();
        Assert.Contains($"content=\"0;url={test.PagePath}\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("ada@", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_an_unknown_login_page_is_not_found()
    {
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        using var response = await admin.GetAsync("/dashboard/login-pages/conn_0000000000000000000000/test");
        await response.ExpectErrorAsync(System.Net.HttpStatusCode.NotFound, "not_found");
    }
}
