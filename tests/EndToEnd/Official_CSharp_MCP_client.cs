using Demo;
using EndToEnd.Browser;
using EndToEnd.Programs;

namespace EndToEnd;

/// <summary>The official C# MCP client, unmodified, connects to NotesMcp through a real browser.</summary>
[Collection<DemoOnSqlite>]
public sealed class Official_CSharp_MCP_client(DemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    /// <summary>The scopes of each consent page that was shown.</summary>
    private readonly List<string[]> shown = [];

    [Fact]
    [Spec("RFC 9728 §5.1", "www-authenticate")]
    [Spec("MCP 2025-11-25 §Discovery", "clients-find-the-way")]
    public async Task The_client_gets_from_a_401_to_the_result_of_a_tool_call()
    {
        var ada = await NewUserAsync();
        await using var client = await CSharpMcpClient.ConnectAsync(Demo, "C# client", address => AllowAsync(ada, DemoUser.Ada, address));
        Assert.Contains("\"owner\":\"Ada Lovelace\"", await client.CallAsync("list_notes"), StringComparison.Ordinal);
        var added = await client.CallAsync("add_note", ("title", "From the browser"), ("text", "Ada said yes."));
        Assert.Contains("From the browser", added, StringComparison.Ordinal);
        Assert.Contains("From the browser", await client.CallAsync("list_notes"), StringComparison.Ordinal);

        Assert.Single(shown);
        InOrder(
            client,
            "POST /mcp server/discover → 401",
            "GET /.well-known/oauth-protected-resource/mcp → 200",
            $"POST /api/v1/resources/{Demo.Notes.Id}/clients:register → 201",
            "authorization_code → 200",
            "POST /mcp server/discover → 200",
            "POST /mcp tools/call → 200");
    }

    [Fact]
    [Spec("OAuth 2.1 §5.3.2", "insufficient-scope")]
    public async Task A_tool_that_needs_more_scope_leads_to_a_consent_page_that_marks_the_new_scope()
    {
        var ada = await NewUserAsync();
        await using var client = await CSharpMcpClient.ConnectAsync(
            Demo, "Step by step", address => AllowAsync(ada, DemoUser.Ada, address, untick: shown.Count == 0 ? "notes:write" : null));
        await client.CallAsync("list_notes");
        Assert.Equal("notes:read offline_access", client.Tokens.Scope);

        await client.CallAsync("add_note", ("title", "Stepped up"), ("text", "…"));
        Assert.Equal("notes:read notes:write offline_access", client.Tokens.Scope);
        Assert.Equal(2, shown.Count);
        Assert.Equal(["Read your notes", "Add, change and delete your notes"], shown[0]);
        Assert.Equal(["Read your notes", "Add, change and delete your notes new"], shown[1]);
        InOrder(client, "POST /mcp tools/call → 403", "authorization_code → 200", "POST /mcp tools/call → 200");
    }

    [Fact]
    [Spec("OAuth 2.1 §4.3", "refresh-works")]
    public async Task An_expired_access_token_is_refreshed_without_a_second_consent_page()
    {
        await WithShortTokensAsync(async () =>
        {
            var ada = await NewUserAsync();
            await using var client = await CSharpMcpClient.ConnectAsync(
                Demo, "Refresher", address => AllowAsync(ada, DemoUser.Ada, address));
            await client.CallAsync("list_notes");
            var before = client.Tokens;

            await ExpiryAsync();
            Assert.Contains("Welcome", await client.CallAsync("list_notes"), StringComparison.Ordinal);
            Assert.NotEqual(before.AccessToken, client.Tokens.AccessToken);
            Assert.Contains(client.Exchanges, exchange => exchange.EndsWith("refresh_token → 200", StringComparison.Ordinal));
            Assert.Single(shown);
        });
    }

    [Fact]
    public async Task A_revoked_user_has_to_authorize_the_client_again()
    {
        await WithShortTokensAsync(async () =>
        {
            var grace = await NewUserAsync();
            await using var client = await CSharpMcpClient.ConnectAsync(
                Demo, "Locked out", address => AllowAsync(grace, DemoUser.Grace, address));
            await client.CallAsync("list_notes");

            await Demo.Operator.SendAsync(
                HttpMethod.Post, $"/api/v1/connections/{Demo.Notes.ConnectionId}/users:revoke", new { sub = "user_2001" });
            await AuthorizedAgainAsync(client);
        });
    }

    [Fact]
    [Spec("RFC 7009 §2", "refresh-tokens")]
    public async Task A_client_whose_refresh_token_was_revoked_has_to_be_authorized_again()
    {
        await WithShortTokensAsync(async () =>
        {
            var ada = await NewUserAsync();
            await using var client = await CSharpMcpClient.ConnectAsync(Demo, "Revoked", address => AllowAsync(ada, DemoUser.Ada, address));
            await client.CallAsync("list_notes");

            using var http = new HttpClient();
            using var form = new FormUrlEncodedContent([
                new("token", client.Tokens.RefreshToken), new("client_id", client.Tokens.ClientId),
                new("client_secret", client.Tokens.ClientSecret)]);
            using var revoked = await http.PostAsync($"{Demo.BaseUrl}/oauth/revoke", form);
            revoked.EnsureSuccessStatusCode();
            await AuthorizedAgainAsync(client);
        });
    }

    private async Task AuthorizedAgainAsync(CSharpMcpClient client)
    {
        await ExpiryAsync();
        Assert.Single(shown);
        Assert.Contains("Welcome", await client.CallAsync("list_notes"), StringComparison.Ordinal);
        Assert.Equal(2, shown.Count);
        InOrder(client, "refresh_token → 400 invalid_grant", "authorization_code → 200", "POST /mcp tools/call → 200");
    }

    /// <summary>Signs in, or continues as the signed-in user, and gives consent.</summary>
    private async Task AllowAsync(BrowserUser person, DemoUser who, string address, string? untick = null)
    {
        await person.OpenAsync(address);
        if (await person.Continue.CountAsync() > 0)
        {
            await person.Continue.ClickAsync();
        }
        else
        {
            await person.SignInAsync(who);
        }

        await person.WaitForConsentAsync();
        shown.Add([.. await person.ReadAllAsync("scope")]);
        if (untick is not null)
        {
            await person.UntickAsync(untick);
        }

        await person.Allow.ClickAsync();
    }

    private async Task WithShortTokensAsync(Func<Task> act)
    {
        var path = $"/api/v1/resources/{Demo.Notes.Id}";
        await Demo.Operator.SendAsync(HttpMethod.Patch, path, new { access_token_expiry = 2 });
        try
        {
            await act();
        }
        finally
        {
            await Demo.Operator.SendAsync(HttpMethod.Patch, path, new { access_token_expiry = (int?)null });
        }
    }

    private static Task ExpiryAsync() => Task.Delay(TimeSpan.FromSeconds(2.2));

    /// <summary>Checks that the expected exchanges are among the recorded ones, in this order.
    /// Each expected text is the end of a line.</summary>
    private static void InOrder(CSharpMcpClient client, params string[] expected)
    {
        var left = new Queue<string>(expected);
        foreach (var exchange in client.Exchanges)
        {
            if (left.TryPeek(out var next) && exchange.EndsWith(next, StringComparison.Ordinal))
            {
                left.Dequeue();
            }
        }

        Assert.True(left.Count == 0, $"'{left.FirstOrDefault()}' is missing, or not in that order:\n{string.Join('\n', client.Exchanges)}");
    }
}
