using Demo;
using EndToEnd.Browser;
using EndToEnd.Programs;

namespace EndToEnd;

/// <summary>
/// Mallory starts an authorization in her own browser and sends the genuine login link to Ada, who is signed in at AcmeApp. If the login
/// reported for Ada could be completed in Mallory's browser, Mallory's client would act as Ada (docs/threat-model.md, "Login hand-off").
/// </summary>
[Collection<DemoOnSqlite>]
public sealed class Session_fixation(DemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    private OAuthClient client = null!;
    private BrowserUser mallory = null!;
    private BrowserUser ada = null!;
    private string link = "";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        client = await ClientAsync("Mallory's tool");
        (mallory, ada) = (await NewUserAsync(), await NewUserAsync());
        await ada.SignInAtAcmeAsync(Demo.AcmeUrl, DemoUser.Ada);
    }

    [Fact]
    [Spec("RFC 9700 §4.7", "csrf")]
    public async Task The_callback_in_the_victims_browser_is_refused_and_the_attackers_ends_the_login()
    {
        await BeginAsync();
        await ada.Continue.ClickAsync();
        var reference = await ada.WaitForErrorAsync("foreign_browser");

        await mallory.OpenAsync(CallbackOf(link));
        Assert.Equal(reference, await mallory.WaitForErrorAsync("proof_missing"));
        Assert.Equal(
            ["authorize.accepted", "login.reported", "callback.suspicious", "callback.burnt"],
            await Demo.Operator.EventNamesAsync(reference));
        Assert.Equal(0, client.ResponseCount);
    }

    [Fact]
    [Spec("RFC 9700 §4.7", "csrf")]
    public async Task The_callback_in_the_attackers_browser_is_refused_without_the_proof()
    {
        await BeginAsync();
        var callback = await ada.ClickAndCloseAsync(ada.Continue);

        await mallory.OpenAsync(CallbackOf(link));
        var reference = await mallory.WaitForErrorAsync("proof_missing");
        Assert.Equal(["authorize.accepted", "login.reported", "callback.burnt"], await Demo.Operator.EventNamesAsync(reference));

        // The address that Ada's browser was sent to does not help either: the login request has ended.
        await mallory.OpenAsync(callback);
        await mallory.WaitForErrorAsync("login_over");
        Assert.Equal(0, client.ResponseCount);
    }

    [Fact]
    public async Task With_state_only_a_callback_before_the_victims_click_ends_the_login()
    {
        await WithStateOnlyAsync(async () =>
        {
            await BeginAsync();
            Assert.Equal("Continue as Ada Lovelace to connect Mallory's tool", await ada.Continue.InnerTextAsync());

            await mallory.OpenAsync(CallbackOf(link));
            var reference = await mallory.WaitForErrorAsync("not_reported");
            Assert.Equal(["authorize.accepted", "callback.burnt"], await Demo.Operator.EventNamesAsync(reference));

            // The early callback has ended the login request, so the later click reports nothing.
            await ada.Continue.ClickAsync();
            Assert.Equal("This sign-in is finished already", await ada.TextAsync("#error"));
            Assert.DoesNotContain("login.reported", await Demo.Operator.EventNamesAsync(reference));
            Assert.Equal(0, client.ResponseCount);
        });
    }

    // The known weakness of state_only: only the victim's click separates the attacker's link from a takeover.
    [Fact]
    public async Task With_state_only_an_attacker_gets_tokens_after_the_victims_click_and_loses_them_at_the_victims_callback()
    {
        await WithStateOnlyAsync(async () =>
        {
            await BeginAsync();
            var callback = await ada.ClickAndCloseAsync(ada.Continue);

            await mallory.OpenAsync(CallbackOf(link));
            await mallory.WaitForConsentAsync();
            Assert.Equal("Ada Lovelace", await mallory.ReadOneAsync("user"));
            await mallory.Allow.ClickAsync();
            var tokens = await client.TokensAsync();
            Assert.Equal("user_1001", tokens.Claims.GetProperty("sub").GetString());

            await ada.OpenAsync(callback);
            var reference = await ada.WaitForErrorAsync("foreign_browser");
            Assert.Contains("callback.suspicious", await Demo.Operator.EventNamesAsync(reference));
            using var refused = await client.RefreshAsync(tokens.Refresh!);
            Assert.Contains("invalid_grant", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        });
    }

    /// <summary>Mallory's browser holds the binding cookie; Ada has opened the link.</summary>
    private async Task BeginAsync()
    {
        await mallory.OpenAsync(client.Authorize());
        link = mallory.Page.Url;
        await ada.OpenAsync(link);
        await ada.Continue.WaitForAsync();
    }

    /// <summary>The callback as the client that began can build it: from the connection and the state.</summary>
    private string CallbackOf(string loginLink) =>
        $"{Demo.BaseUrl}/sso/v1/connections/{Demo.Notes.ConnectionId}/partner:callback?state={loginLink.Split("&state=")[1]}";

    private async Task WithStateOnlyAsync(Func<Task> act)
    {
        var path = $"/api/v1/connections/{Demo.Notes.ConnectionId}";
        var response = await Demo.Operator.SendAsync(HttpMethod.Patch, path, new { callback_verification = "state_only" });
        Assert.Contains("names the client and asks for a click", response.GetProperty("warning").GetString(), StringComparison.Ordinal);
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
