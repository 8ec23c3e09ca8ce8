using Demo;
using EndToEnd.Stage;

namespace EndToEnd;

/// <summary>What can be changed in a browser's address bar and tools. Each error page carries the reference under which an operator finds what happened.</summary>
[Collection<DemoOnSqlite>]
public sealed class A_person_who_tampers(DemoOnSqlite demo, Chromium chromium) : Scene(demo, chromium)
{
    [Theory]
    [InlineData("client_id", "m2m_0000000000000000000000", "unknown_client")]
    [InlineData("client_id", null, "missing_client")]
    [InlineData("redirect_uri", "http://127.0.0.1:9/elsewhere", "unregistered_redirect_uri")]
    public async Task With_the_clients_request_meets_a_page_whose_reference_the_operator_finds(string parameter, string? value, string code)
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.OpenAsync(client.Authorize(more: (parameter, value)));

        await FoundAsync(await ada.SeeErrorAsync(code), "authorize.refused", code);
        Assert.StartsWith(Demo.BaseUrl, ada.Page.Url, StringComparison.Ordinal);
        Assert.Equal(0, client.Answers);
    }

    [Fact]
    [Spec("RFC 9700 §4.11.2", "server-no-open-redirector")]
    public async Task With_a_request_of_a_hosted_stranger_goes_back_only_by_their_own_click()
    {
        var client = await ClientAsync("Stranger", "stranger.example");
        var ada = await PersonAsync();
        await ada.OpenAsync(client.Authorize(more: ("code_challenge_method", "plain")));
        await FoundAsync(await ada.SeeErrorAsync("invalid_request"), "authorize.refused", "code_challenge_method");
        Assert.Equal(0, client.Answers);

        await ada.Page.ClickAsync("a#return");
        Assert.Equal("invalid_request", (await client.AnswerAsync())["error"]);
    }

    [Fact]
    public async Task With_the_state_of_the_callback_stops_nothing_but_themselves()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.SignInAtAcmeAsync(Demo.AcmeUrl, DemoPerson.Ada);
        await ada.OpenAsync(client.Authorize());
        var callback = await ada.PressAndVanishAsync(ada.Continue);

        await ada.OpenAsync(callback.Replace("state=", "state=x", StringComparison.Ordinal));
        await FoundAsync(await ada.SeeErrorAsync("unknown_state"), "callback.refused", "unknown_state");

        await ada.OpenAsync(callback);
        await ada.SeeConsentAsync();
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }

    [Fact]
    public async Task With_the_proof_ends_the_sign_in()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.SignInAtAcmeAsync(Demo.AcmeUrl, DemoPerson.Ada);
        await ada.OpenAsync(client.Authorize());
        var callback = await ada.PressAndVanishAsync(ada.Continue);

        await ada.OpenAsync(callback[..^1] + (callback[^1] == 'A' ? 'B' : 'A'));
        await FoundAsync(await ada.SeeErrorAsync("proof_missing"), "callback.burnt", "auth_request_id");
        await ada.OpenAsync(callback);
        await ada.SeeErrorAsync("login_over");
        Assert.Equal(0, client.Answers);
    }

    [Fact]
    public async Task With_the_scopes_on_the_consent_page_gets_no_more_than_was_asked_for()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize("notes:read"), DemoPerson.Ada);
        await ada.Page.EvaluateAsync(
            """
            () => {
              for (const scope of ['notes:write', 'admin', 'offline_access']) {
                document.forms.consent.insertAdjacentHTML('beforeend', `<input type="hidden" name="scope" value="${scope}">`);
              }
            }
            """);
        await ada.Allow.ClickAsync();

        Assert.Equal("notes:read", (await client.TokensAsync()).Scope);
    }

    [Fact]
    public async Task With_the_form_token_is_refused_and_may_answer_again()
    {
        var client = await ClientAsync();
        var ada = await PersonAsync();
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);
        await ada.Page.EvaluateAsync("() => { document.forms.consent.elements.form_token.value += 'x'; }");
        await ada.Allow.ClickAsync();
        await FoundAsync(await ada.SeeErrorAsync("form_token"), "consent.refused", "form token");

        await ada.Page.GoBackAsync();
        await ada.SeeConsentAsync();
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }

    [Fact]
    public async Task With_somebody_elses_consent_address_sees_nothing_of_it()
    {
        var client = await ClientAsync();
        var (ada, mallory) = (await PersonAsync(), await PersonAsync());
        await ada.ComeToConsentAsync(client.Authorize(), DemoPerson.Ada);

        await mallory.OpenAsync(ada.Page.Url);
        await FoundAsync(await mallory.SeeErrorAsync("foreign_browser"), "consent.refused", "foreign_browser");
        Assert.DoesNotContain("Ada", await mallory.Page.ContentAsync(), StringComparison.Ordinal);

        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }

    private async Task FoundAsync(string reference, string step, string words)
    {
        var steps = await Demo.Operator.EventsAsync(reference);
        Assert.Contains(steps, happened => happened.GetProperty("name").ValueEquals(step) && happened.GetProperty("detail").GetString()!.Contains(words, StringComparison.Ordinal));
    }
}
