using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.Operators;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>The steps from the name of an MCP server to its first connected client, without a script.</summary>
public sealed partial class Guided_set_up(WithClientHost host) : IClassFixture<WithClientHost>
{
    private const string Start = "/dashboard/set-up";
    private const string Server = "client.example/mcp";
    private const string Metadata = "client.example/.well-known/oauth-protected-resource/mcp";
    private static int servers;

    [Fact]
    public async Task The_screens_lead_from_a_name_to_a_connected_client()
    {
        using var grace = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        Assert.Contains(
            "Step 1 of 5. You can leave this page; nothing is lost.", await OpenAsync(grace, Start), StringComparison.Ordinal);
        using var named = await grace.PostAsync(Start, Start, ("name", "Notes"), ("resource_uri", "https://client.example/guided"));
        var permissions = PathOf(named);
        Assert.EndsWith("/connect?step=permissions", permissions, StringComparison.Ordinal);
        var connect = permissions.Split('?')[0];
        Assert.Contains("What may programs do?", await OpenAsync(grace, connect), StringComparison.Ordinal);
        Assert.Contains("value=\"notes:write\"", await OpenAsync(grace, permissions + "&ready=change"), StringComparison.Ordinal);
        using var permitted = await grace.PostAsync(
            permissions, connect + "/permissions", ("scope_0", "notes:read"), ("description_0", "Look at notes"), ("access_0", "read"),
            ("ticked_0", "on"), ("scope_1", "notes:write"), ("description_1", "Change notes"), ("access_1", "write"));
        Assert.Equal(connect + "?step=guard", PathOf(permitted));

        Assert.Contains("Waiting for your server to point here…", await OpenAsync(grace, connect), StringComparison.Ordinal);
        var resource = connect.Split('/')[3];
        PublishServer("guided", $"{host.BaseUrl}/resources/{resource}", "https://client.example/guided");
        Assert.Contains("Found. It points here.", await OpenAsync(grace, connect), StringComparison.Ordinal);

        var joined = await JoinAsync(grace, connect);
        Assert.Contains("Copy it now. We keep only a fingerprint.", joined, StringComparison.Ordinal);
        Assert.Contains(
            "Show which program asks and wait for a click before step 2. Never report silently.", joined, StringComparison.Ordinal);
        var variables = Variable().Matches(joined)
            .ToDictionary(m => m.Groups["name"].Value, m => m.Groups["value"].Value, StringComparer.Ordinal);
        var company = new Company(
            host, resource, "https://client.example/guided", variables["CONNECTION_ID"], variables["CLIENT_ID"],
            variables["CLIENT_SECRET"]);
        Assert.DoesNotContain(variables["CLIENT_SECRET"], await OpenAsync(grace, connect + "?step=join"), StringComparison.Ordinal);

        Assert.Contains("Five steps turn green one by one.", await OpenAsync(grace, connect), StringComparison.Ordinal);
        await TestAsync(grace, connect, company);

        var waiting = await OpenAsync(grace, connect);
        Assert.Contains("Waiting for the first connection", waiting, StringComparison.Ordinal);
        Assert.Contains("Step 4 of 5", waiting, StringComparison.Ordinal);
        var client = await McpClient.RegisterAsync(company);
        using var login = await LoginFlow.AtAsync(company, client, LoginFlow.Exchanged);
        var done = await OpenAsync(grace, connect);
        Assert.Contains("Notes is connected.", done, StringComparison.Ordinal);
        Assert.Contains("ada@acme.example", done, StringComparison.Ordinal);
        Assert.Contains("Add a colleague as operator", done, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "not an address", 400)]
    [InlineData("Notes", "https://client.example/a b", 400)]
    [InlineData("Notes", "taken", 409)]
    public async Task A_wrong_name_or_address_is_named_and_what_was_typed_stays(string name, string address, int status)
    {
        using var grace = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var company = await host.CompanyAsync();
        var typed = address == "taken" ? company.ResourceUri : address;

        using var refused = await grace.PostAsync(Start, Start, ("name", name), ("resource_uri", typed));
        await refused.ExpectErrorAsync((HttpStatusCode)status, "invalid");
        Assert.Contains(typed, await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("401", "ok", "Answers 401 and will be found.")]
    [InlineData("200", "bad", "Answers 200 without a token: everyone can use it now.")]
    [InlineData("405, then 200", "bad", "Answers 200 without a token: everyone can use it now.")]
    [InlineData("405, then 401", "ok", "Answers 401 and will be found.")]
    [InlineData("404", "", "Nothing answers there yet. That is fine; step 2 helps.")]
    [InlineData("307", "", "Nothing answers there yet. That is fine; step 2 helps.")]
    public async Task The_address_is_asked_without_a_token(string answers, string kind, string sentence)
    {
        using var grace = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var statuses = answers.Split(", then ").Select(int.Parse).ToArray();
        host.Clients!.Publish(Server, http =>
        {
            Assert.Equal("", http.Request.Headers.Authorization.ToString());
            http.Response.Headers.Location = "http://169.254.169.254/";
            return ClientHost.Status(http, HttpMethods.IsPost(http.Request.Method) ? statuses[^1] : statuses[0]);
        });

        var answer = await LookAsync(grace, "https://client.example/mcp");
        Assert.Equal((kind, sentence), (answer.GetProperty("kind").GetString(), answer.GetProperty("sentence").GetString()));
    }

    /// <summary>The rules against SSRF are those of documents of clients.</summary>
    [Theory]
    [InlineData("http://127.0.0.1:22/")]
    [InlineData("https://localhost/mcp")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://[::1]/mcp")]
    [InlineData("https://client.example:8080/mcp")]
    [InlineData("file:///etc/passwd")]
    public async Task A_private_address_is_not_asked(string address)
    {
        using var grace = await DashboardUser.SignInAsync(host, OperatorRole.Admin);

        var answer = await LookAsync(grace, address);
        Assert.Contains(
            answer.GetProperty("sentence").GetString(),
            new[]
            {
                "This server does not look at private addresses. That is fine; go on.",
                "Nothing answers there yet. That is fine; step 2 helps.",
            });
        Assert.Equal("", answer.GetProperty("kind").GetString());
    }

    [Fact]
    public async Task A_link_of_another_page_does_not_make_the_server_ask_an_address()
    {
        using var grace = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var before = host.Clients!.FetchesOf("client.example/linked");

        using var response = await grace.GetAsync(
            "/dashboard/set-up/probe?address=https://client.example/linked", ("Sec-Fetch-Mode", "navigate"));
        await response.ExpectErrorAsync(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(before, host.Clients.FetchesOf("client.example/linked"));
    }

    [Theory]
    [InlineData("other issuer", "It answers 401 and does not point here.")]
    [InlineData("other resource", "It answers 401 and does not point here.")]
    [InlineData("no metadata", "Answers 401 and will be found.")]
    [InlineData("not JSON", "Answers 401 and will be found.")]
    [InlineData("no list", "It answers 401 and does not point here.")]
    [InlineData("metadata of this server", "Found. It points here.")]
    [InlineData("issuer of the environment", "Found. It points here.")]
    public async Task The_metadata_of_the_server_is_compared(string metadata, string sentence)
    {
        using var grace = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var path = $"compared-{Interlocked.Increment(ref servers)}";
        var uri = $"https://client.example/{path}";
        using var named = await grace.PostAsync(Start, Start, ("name", "Compared"), ("resource_uri", uri));
        var connect = PathOf(named).Split('?')[0];
        var issuer = $"{host.BaseUrl}/resources/{connect.Split('/')[3]}";
        switch (metadata)
        {
            case "other issuer": PublishServer(path, "https://other.example", uri); break;
            case "other resource": PublishServer(path, issuer, "https://client.example/another"); break;
            case "no metadata": PublishChallenge(path, challenge: "Bearer"); break;
            case "issuer of the environment": PublishServer(path, host.BaseUrl, uri); break;
            case "metadata of this server":
                PublishChallenge(
                    path, $"Bearer resource_metadata=\"{host.BaseUrl}/.well-known/oauth-protected-resource/{connect.Split('/')[3]}\"");
                break;
            case "not JSON":
                PublishChallenge(path, "Bearer");
                host.Clients!.Publish(
                    $"client.example/.well-known/oauth-protected-resource/{path}", http => http.Response.WriteAsync("<html>"));
                break;
            default:
                PublishChallenge(path, "Bearer");
                host.Clients!.Publish($"client.example/.well-known/oauth-protected-resource/{path}", new { resource = uri });
                break;
        }

        Assert.Contains(sentence, await OpenAsync(grace, connect + "?step=guard"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_minute_without_a_sign_in_names_the_usual_reasons()
    {
        var company = await host.CompanyAsync();
        using var grace = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var path = $"/dashboard/servers/{company.ResourceId}/connect?step=client&since=";
        var now = host.Clock.GetUtcNow().ToUnixTimeSeconds();

        Assert.DoesNotContain(Silent(), await OpenAsync(grace, $"{path}{now - 30}"), StringComparison.Ordinal);
        Assert.Contains(Silent(), await OpenAsync(grace, $"{path}{now - 61}"), StringComparison.Ordinal);
        foreach (var odd in new[] { "x", "-1", $"{now + 600}", "99999999999999999999", "x&tab=%22%3E%3Cscript%3E%0D%0Aé" })
        {
            Assert.DoesNotContain(Silent(), await OpenAsync(grace, path + odd), StringComparison.Ordinal);
        }

        static string Silent() => "<p class=\"quiet\" data-waits-silent>Nothing has arrived.";
    }

    [Fact]
    public async Task Every_tab_has_the_values_of_this_server_and_no_secret()
    {
        var company = await host.CompanyAsync();
        using var grace = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var connect = $"/dashboard/servers/{company.ResourceId}/connect";
        foreach (var (step, tabs, value) in new[]
            {
                ("guard", "net node python other agent", company.ResourceId), ("join", "net node python other agent", company.ConnectionId),
                ("client", "claude claude-code chatgpt vscode cursor codex inspector", company.ResourceUri),
            })
        {
            foreach (var tab in tabs.Split(' '))
            {
                var html = await OpenAsync(grace, $"{connect}?step={step}&tab={tab}");
                Assert.Contains(value, html, StringComparison.Ordinal);
                Assert.Contains($"tab={tab}", html, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_step_that_waits_is_followed_by_Server_Sent_Events()
    {
        var company = await host.NewCompanyAsync();
        using var grace = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        using var stream = await EventStream.OpenAsync(grace, $"/dashboard/servers/{company.ResourceId}/connect.events?step=client");
        Assert.Contains("\"new\":false", await stream.NextAsync("state"), StringComparison.Ordinal);

        using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.Exchanged);
        Assert.Contains("\"new\":true", await stream.NextAsync("state"), StringComparison.Ordinal);
    }

    /// <summary>The texts of the page as a browser shows them.</summary>
    private static async Task<string> OpenAsync(DashboardUser grace, string path)
    {
        using var response = await grace.GetAsync(path);
        return WebUtility.HtmlDecode(
            response.StatusCode == HttpStatusCode.SeeOther
                ? await grace.OpenAsync(response.Headers.Location!.ToString())
                : await grace.OpenAsync(path));
    }

    private static string PathOf(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        return response.Headers.Location!.ToString();
    }

    private static async Task<string> JoinAsync(DashboardUser grace, string connect)
    {
        using var joined = await grace.PostAsync(connect + "?step=join", connect + "/join", ("login_url", "https://app.example/login"));
        Assert.Equal(HttpStatusCode.OK, joined.StatusCode);
        return WebUtility.HtmlDecode(await joined.Content.ReadAsStringAsync());
    }

    private static async Task TestAsync(DashboardUser grace, string connect, Company company)
    {
        using var begun = await grace.PostAsync(connect, connect + "/test");
        var test = PathOf(begun).Split("&test=")[1];
        using var sent = await grace.GetAsync(TestLogin.PathOf(company, test) + "/go");
        Assert.Equal(HttpStatusCode.Redirect, sent.StatusCode);
        using var returned = await grace.GetAsync((await company.ReportAsync(test)).CallbackPath);
        returned.ExpectRedirect(TestLogin.PathOf(company, test));
        var shown = await OpenAsync(grace, PathOf(begun));
        Assert.Contains("Your login page works.", shown, StringComparison.Ordinal);
        Assert.Contains("Everything a client would get", shown, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> LookAsync(DashboardUser grace, string address)
    {
        using var response = await grace.GetAsync($"/dashboard/set-up/probe?address={Uri.EscapeDataString(address)}");
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private void PublishServer(string path, string issuer, string resource)
    {
        PublishChallenge(path, $"Bearer resource_metadata=\"https://client.example/.well-known/oauth-protected-resource/{path}\"");
        host.Clients!.Publish(
            $"client.example/.well-known/oauth-protected-resource/{path}", new { resource, authorization_servers = new[] { issuer } });
    }

    private void PublishChallenge(string path, string challenge) => host.Clients!.Publish($"client.example/{path}", http =>
    {
        http.Response.Headers.WWWAuthenticate = challenge;
        return ClientHost.Status(http, 401);
    });

    [GeneratedRegex("LATCHKEY_(?<name>[A-Z_]+)=(?<value>[^\\s<]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();
}
