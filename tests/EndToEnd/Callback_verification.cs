using EndToEnd.Browser;
using EndToEnd.Programs;

namespace EndToEnd;

/// <summary>A login page that was written for another server: it reports the user by REST and redirects to the callback
/// with <c>state</c> alone.</summary>
[Collection<DemoOnSqlite>]
public sealed class Callback_verification(DemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    private static readonly Dictionary<string, object> Files =
        new(StringComparer.Ordinal)
        {
            ["name"] = "Files",
            ["scopes"] = new[] { "files:read" },
            ["default_scopes"] = new[] { "files:read" },
        };

    [Fact]
    public async Task A_callback_with_state_alone_is_accepted_on_a_state_only_connection()
    {
        var login = await ThirdPartyLoginPageAsync("state_only", Files);
        var client = await ClientAsync(resource: login.Resource);
        var alice = await NewUserAsync();
        await alice.OpenAsync(client.Authorize("files:read"));
        await alice.Page.ClickAsync("#literal button");

        await alice.WaitForConsentAsync();
        Assert.Equal("alice@example.com", await alice.ReadOneAsync("user"));
        await alice.Allow.ClickAsync();
        var tokens = await client.TokensAsync();
        Assert.Equal("files:read", tokens.Scope);
        Assert.Equal("1234567890", tokens.Claims.GetProperty("sub").GetString());
        Assert.Equal(
            [login.Resource.Id, login.Resource.Uri],
            tokens.Claims.GetProperty("aud").EnumerateArray().Select(audience => audience.GetString()!));
    }

    [Fact]
    public async Task A_callback_without_the_proof_is_refused_where_it_is_required_and_the_page_says_what_to_append()
    {
        var login = await ThirdPartyLoginPageAsync("required", Files);
        var client = await ClientAsync(resource: login.Resource);
        var alice = await NewUserAsync();
        await alice.OpenAsync(client.Authorize("files:read"));
        await alice.Page.ClickAsync("#literal button");

        var reference = await alice.WaitForErrorAsync("proof_missing");
        var advice = await alice.TextAsync(".developers");
        Assert.Contains("Append auth_request_id from the report's response to the callback", advice, StringComparison.Ordinal);
        Assert.Contains("&auth_request_id={auth_request_id}", advice, StringComparison.Ordinal);
        Assert.Contains("callback_verification=state_only", advice, StringComparison.Ordinal);
        Assert.Equal(["authorize.accepted", "login.reported", "callback.burnt"], await Demo.Operator.EventNamesAsync(reference));
        Assert.Equal(0, client.ResponseCount);
    }
}
