using EndToEnd.Stage;

namespace EndToEnd;

/// <summary>A login page whose integration was written for another server: it reports by REST and redirects with <c>state</c> alone.</summary>
[Collection<DemoOnSqlite>]
public sealed class A_literal_integration(DemoOnSqlite demo, Chromium chromium) : Scene(demo, chromium)
{
    private static readonly Dictionary<string, object> Files = new(StringComparer.Ordinal) { ["name"] = "Files", ["scopes"] = new[] { "files:read" } };

    [Fact]
    public async Task Works_as_it_stands_on_a_connection_set_to_state_only()
    {
        var login = await LiteralLoginPageAsync("state_only", Files);
        var client = await ClientAsync(resource: login.Resource);
        var alice = await PersonAsync();
        await alice.OpenAsync(client.Authorize("files:read"));
        await alice.Page.ClickAsync("#literal button");

        await alice.SeeConsentAsync();
        Assert.Equal("alice@example.com", await alice.ReadOneAsync("user"));
        await alice.Allow.ClickAsync();
        var tokens = await client.TokensAsync();
        Assert.Equal("files:read", tokens.Scope);
        Assert.Equal("1234567890", tokens.Claims.GetProperty("sub").GetString());
        Assert.Equal([login.Resource.Id, login.Resource.Uri], tokens.Claims.GetProperty("aud").EnumerateArray().Select(audience => audience.GetString()!));
    }

    [Fact]
    public async Task Ends_on_a_connection_that_requires_the_proof_at_a_page_that_says_what_to_append()
    {
        var login = await LiteralLoginPageAsync("required", Files);
        var client = await ClientAsync(resource: login.Resource);
        var alice = await PersonAsync();
        await alice.OpenAsync(client.Authorize("files:read"));
        await alice.Page.ClickAsync("#literal button");

        var reference = await alice.SeeErrorAsync("proof_missing");
        var advice = await alice.SeeAsync(".developers");
        Assert.Contains("Append auth_request_id from the report's response to the callback", advice, StringComparison.Ordinal);
        Assert.Contains("&auth_request_id={auth_request_id}", advice, StringComparison.Ordinal);
        Assert.Contains("callback_verification=state_only", advice, StringComparison.Ordinal);
        Assert.Equal(["authorize.accepted", "login.reported", "callback.burnt"], await Demo.Operator.JourneyAsync(reference));
        Assert.Equal(0, client.Answers);
    }
}
