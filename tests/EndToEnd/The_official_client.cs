using Demo;
using EndToEnd.Stage;

namespace EndToEnd;

/// <summary>The C# MCP client as its authors ship it, with NotesMcp's address and a person at a real browser.</summary>
[Collection<DemoOnSqlite>]
public sealed class The_official_client(DemoOnSqlite demo, Chromium chromium) : Scene(demo, chromium)
{
    private readonly List<string[]> shown = [];

    [Fact]
    [Spec("RFC 9728 §5.1", "www-authenticate")]
    [Spec("MCP 2025-11-25 §Discovery", "clients-find-the-way")]
    public async Task Finds_its_way_from_a_401_to_a_tools_answer()
    {
        var ada = await PersonAsync();
        await using var client = await OfficialClient.ConnectAsync(Demo, "C# client", address => AllowAsync(ada, DemoPerson.Ada, address));
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
    public async Task Asks_for_more_when_a_tool_needs_more_and_the_person_sees_what_is_new()
    {
        var ada = await PersonAsync();
        await using var client = await OfficialClient.ConnectAsync(
            Demo, "Step by step", address => AllowAsync(ada, DemoPerson.Ada, address, untick: shown.Count == 0 ? "notes:write" : null));
        await client.CallAsync("list_notes");
        Assert.Equal("notes:read offline_access", client.Tokens.Scope);

        await client.CallAsync("add_note", ("title", "Stepped up"), ("text", "…"));
        Assert.Equal("notes:read notes:write offline_access", client.Tokens.Scope);
        Assert.Equal(2, shown.Count);
        Assert.Equal(["Read your notes notes:read", "Add, change and delete your notes notes:write"], shown[0]);
        Assert.Equal(["Read your notes notes:read", "Add, change and delete your notes new notes:write"], shown[1]);
        InOrder(client, "POST /mcp tools/call → 403", "authorization_code → 200", "POST /mcp tools/call → 200");
    }

    [Fact]
    [Spec("OAuth 2.1 §4.3", "refresh-works")]
    public async Task Refreshes_by_itself_and_nobody_is_asked_again()
    {
        await WithShortTokensAsync(async () =>
        {
            var ada = await PersonAsync();
            await using var client = await OfficialClient.ConnectAsync(Demo, "Refresher", address => AllowAsync(ada, DemoPerson.Ada, address));
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
    public async Task Is_refused_once_the_company_has_locked_the_person_out_and_must_ask_anew()
    {
        await WithShortTokensAsync(async () =>
        {
            var grace = await PersonAsync();
            await using var client = await OfficialClient.ConnectAsync(Demo, "Locked out", address => AllowAsync(grace, DemoPerson.Grace, address));
            await client.CallAsync("list_notes");

            await Demo.Operator.SendAsync(HttpMethod.Post, $"/api/v1/connections/{Demo.Notes.ConnectionId}/users:revoke", new { sub = "user_2001" });
            await AskedAnewAsync(client);
        });
    }

    [Fact]
    [Spec("RFC 7009 §2", "refresh-tokens")]
    public async Task Is_refused_once_its_refresh_token_was_revoked_and_must_ask_anew()
    {
        await WithShortTokensAsync(async () =>
        {
            var ada = await PersonAsync();
            await using var client = await OfficialClient.ConnectAsync(Demo, "Revoked", address => AllowAsync(ada, DemoPerson.Ada, address));
            await client.CallAsync("list_notes");

            using var anybody = new HttpClient();
            using var form = new FormUrlEncodedContent([new("token", client.Tokens.RefreshToken), new("client_id", client.Tokens.ClientId), new("client_secret", client.Tokens.ClientSecret)]);
            using var revoked = await anybody.PostAsync($"{Demo.BaseUrl}/oauth/revoke", form);
            revoked.EnsureSuccessStatusCode();
            await AskedAnewAsync(client);
        });
    }

    private async Task AskedAnewAsync(OfficialClient client)
    {
        await ExpiryAsync();
        Assert.Single(shown);
        Assert.Contains("Welcome", await client.CallAsync("list_notes"), StringComparison.Ordinal);
        Assert.Equal(2, shown.Count);
        InOrder(client, "refresh_token → 400 invalid_grant", "authorization_code → 200", "POST /mcp tools/call → 200");
    }

    /// <summary>Signs in or continues, and allows.</summary>
    private async Task AllowAsync(Person person, DemoPerson who, string address, string? untick = null)
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

        await person.SeeConsentAsync();
        shown.Add([.. await person.ReadAsync("scope")]);
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

    /// <summary>Among other exchanges, these came in this order; each is the end of a line.</summary>
    private static void InOrder(OfficialClient client, params string[] expected)
    {
        var left = new Queue<string>(expected);
        foreach (var exchange in client.Exchanges)
        {
            if (left.TryPeek(out var next) && exchange.EndsWith(next, StringComparison.Ordinal))
            {
                left.Dequeue();
            }
        }

        Assert.True(left.Count == 0, $"'{left.FirstOrDefault()}' did not come, or not in that order:\n{string.Join('\n', client.Exchanges)}");
    }
}
