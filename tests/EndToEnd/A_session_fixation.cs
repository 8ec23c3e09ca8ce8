using Demo;
using EndToEnd.Stage;

namespace EndToEnd;

/// <summary>
/// Mallory starts a flow in her own browser and sends the genuine login link to Ada, who is signed in at AcmeApp. If Ada's report can be made to finish in
/// Mallory's browser, Mallory goes on as Ada (docs/threat-model.md, "Login hand-off").
/// </summary>
[Collection<DemoOnSqlite>]
public sealed class A_session_fixation(DemoOnSqlite demo, Chromium chromium) : Scene(demo, chromium)
{
    private ClientProgram client = null!;
    private Person mallory = null!;
    private Person ada = null!;
    private string link = "";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        client = await ClientAsync("Mallory's tool");
        (mallory, ada) = (await PersonAsync(), await PersonAsync());
        await ada.SignInAtAcmeAsync(Demo.AcmeUrl, DemoPerson.Ada);
    }

    [Fact]
    [Spec("RFC 9700 §4.7", "csrf")]
    public async Task Fails_when_the_victim_follows_the_redirect()
    {
        await BeginAsync();
        await ada.Continue.ClickAsync();
        var reference = await ada.SeeErrorAsync("foreign_browser");

        await mallory.OpenAsync(CallbackOf(link));
        Assert.Equal(reference, await mallory.SeeErrorAsync("login_over"));
        Assert.Equal(["authorize.accepted", "login.reported", "callback.suspicious"], await Demo.Operator.JourneyAsync(reference));
        Assert.Equal(0, client.Answers);
    }

    [Fact]
    [Spec("RFC 9700 §4.7", "csrf")]
    public async Task Fails_when_the_victims_window_is_closed_at_the_right_moment()
    {
        await BeginAsync();
        var unseen = await ada.PressAndVanishAsync(ada.Continue);

        await mallory.OpenAsync(CallbackOf(link));
        var reference = await mallory.SeeErrorAsync("proof_missing");
        Assert.Equal(["authorize.accepted", "login.reported", "callback.burnt"], await Demo.Operator.JourneyAsync(reference));

        // Not even with the address that Ada's browser was sent to, now that the login request is burnt.
        await mallory.OpenAsync(unseen);
        await mallory.SeeErrorAsync("login_over");
        Assert.Equal(0, client.Answers);
    }

    [Fact]
    public async Task With_state_only_gets_nothing_reported_unless_the_victim_clicks_the_named_program()
    {
        await WithStateOnlyAsync(async () =>
        {
            await BeginAsync();
            Assert.Equal("Continue as Ada Lovelace to connect Mallory's tool", await ada.Continue.InnerTextAsync());

            await mallory.OpenAsync(CallbackOf(link));
            var reference = await mallory.SeeErrorAsync("not_reported");
            Assert.Equal(["authorize.accepted", "callback.burnt"], await Demo.Operator.JourneyAsync(reference));

            // She was too early: whoever waits at the callback has ended the sign-in.
            await ada.Continue.ClickAsync();
            Assert.Equal("This sign-in is finished already", await ada.SeeAsync("#trouble"));
            Assert.DoesNotContain("login.reported", await Demo.Operator.JourneyAsync(reference));
            Assert.Equal(0, client.Answers);
        });
    }

    // The price of state_only, shown so that nobody forgets it: the click is all that stands between a link and a takeover.
    [Fact]
    public async Task With_state_only_takes_over_a_victim_who_clicked_and_whose_window_was_closed_and_loses_it_when_they_come_after_all()
    {
        await WithStateOnlyAsync(async () =>
        {
            await BeginAsync();
            var unseen = await ada.PressAndVanishAsync(ada.Continue);

            await mallory.OpenAsync(CallbackOf(link));
            await mallory.SeeConsentAsync();
            Assert.Equal("Ada Lovelace", await mallory.ReadOneAsync("user"));
            await mallory.Allow.ClickAsync();
            var tokens = await client.TokensAsync();
            Assert.Equal("user_1001", tokens.Claims.GetProperty("sub").GetString());

            await ada.OpenAsync(unseen);
            var reference = await ada.SeeErrorAsync("foreign_browser");
            Assert.Contains("callback.suspicious", await Demo.Operator.JourneyAsync(reference));
            using var refused = await client.RefreshAsync(tokens.Refresh!);
            Assert.Contains("invalid_grant", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        });
    }

    /// <summary>Mallory's browser holds the cookie; Ada has the link open.</summary>
    private async Task BeginAsync()
    {
        await mallory.OpenAsync(client.Authorize());
        link = mallory.Page.Url;
        await ada.OpenAsync(link);
        await ada.Continue.WaitForAsync();
    }

    /// <summary>What everybody knows who began: the connection and the state.</summary>
    private string CallbackOf(string loginLink) =>
        $"{Demo.BaseUrl}/sso/v1/connections/{Demo.Notes.ConnectionId}/partner:callback?state={loginLink.Split("&state=")[1]}";

    private async Task WithStateOnlyAsync(Func<Task> act)
    {
        var path = $"/api/v1/connections/{Demo.Notes.ConnectionId}";
        var answer = await Demo.Operator.SendAsync(HttpMethod.Patch, path, new { callback_verification = "state_only" });
        Assert.Contains("click that names the client", answer.GetProperty("warning").GetString(), StringComparison.Ordinal);
        try
        {
            await act();
        }
        finally
        {
            await Demo.Operator.SendAsync(HttpMethod.Patch, path, new { callback_verification = "required" });
        }
    }
}
