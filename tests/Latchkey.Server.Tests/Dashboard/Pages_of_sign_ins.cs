using System.Net;
using System.Text.Json;
using Latchkey.Server.Clients;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.OAuth;
using Latchkey.Server.Operators;
using Latchkey.Server.SignIns;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Dashboard;

public sealed class Pages_of_sign_ins_on_SQLite(OnSqlite host) : Pages_of_sign_ins(host), IClassFixture<OnSqlite>;

public sealed class Pages_of_sign_ins_on_PostgreSQL(OnPostgres host) : Pages_of_sign_ins(host), IClassFixture<OnPostgres>;

/// <summary>List, timeline and find box of the dashboard, from stored sign-ins.</summary>
public abstract class Pages_of_sign_ins(LatchkeyHost host)
{
    private const string Sent = "https://client.example/callback/";
    private const string Registered = "https://client.example/callback";

    private SignInStore Store => host.Services.GetRequiredService<SignInStore>();

    [Fact]
    public async Task The_timeline_of_every_cause_shows_station_cause_fixer_both_values_and_fix()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        foreach (var cause in Causes.All)
        {
            var facts = CauseText.Placeholders(cause.Title + cause.Explanation + cause.Fix).Distinct()
                .Where(name => name != FactNames.RedirectUri).Select(name => Fact.Seen(name, $"the {name}"))
                .Append(Fact.Sent(FactNames.RedirectUri, Sent)).Append(Fact.Expected(FactNames.RedirectUri, Registered)).ToList();
            var pair = cause.Compared is Compared.Values { Pairs: [var first, ..] } && first != new FactPair(FactNames.RedirectUri)
                ? first : null;
            if (pair is not null)
            {
                facts = [Fact.Sent(pair.Sent, "AAAA"), Fact.Expected(pair.Expected, "zzzz"), .. facts.Where(f => f.Name != pair.Sent)];
            }

            var id = await StoppedAsync(cause, facts);
            var html = await TextOfAsync(user, $"/dashboard/sign-ins/{id.Value}");
            var station = SignInWords.Of(cause.Station);
            Assert.Contains($"Stopped at {station}: {CauseText.Render(cause.Title, facts)}", html, StringComparison.Ordinal);
            Assert.Contains($"<code data-lk-cause>{cause.Code}</code>", html, StringComparison.Ordinal);
            var fixers = Between(html, "data-lk-fixer>", "</span>");
            Assert.All(cause.FixedBy, fixer => Assert.Contains(SignInWords.Of(fixer), fixers, StringComparison.OrdinalIgnoreCase));
            Assert.Contains($"data-lk-fix><bdi>{CauseText.Render(cause.Fix, facts)}", html, StringComparison.Ordinal);
            string[] both = pair is null
                ? [$"{Registered}<mark>/</mark>", "redirect_uri has more at the end: /"] : ["<mark>AAAA</mark>", "<mark>zzzz</mark>"];
            Assert.All(both, value => Assert.Contains(value, html, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("reference")]
    [InlineData("id")]
    [InlineData("e-mail")]
    [InlineData("client id")]
    [InlineData("client URL")]
    [InlineData("address")]
    [InlineData("grant")]
    [InlineData("sub")]
    public async Task One_search_opens_a_sign_in_by(string form)
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var (id, grant, client) = (AuthorizationId.New(), GrantId.New(), ClientId.New());
        var unique = id.Value[4..].ToLowerInvariant();
        var url = $"https://{unique}.example/client.json";
        var bytes = Secret.NewBytes(2);
        var network = $"10.{bytes[0]}.{bytes[1]}.0/24";
        await AppendAsync(Begun(id, new()
        {
            Outcome = SignInOutcome.Connected,
            Station = Station.Token,
            ClientId = form == "client URL" ? url : client.Value,
            Email = $"{unique}@acme.example",
            Subject = $"sub {unique}",
            Network = network,
            GrantId = grant,
        }));
        var text = form switch
        {
            "reference" => SignInReference.Of(id).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant(),
            "id" => id.Value,
            "e-mail" => $"{unique}@ACME.example",
            "client id" => client.Value,
            "client URL" => url,
            "address" => network.Replace(".0/24", ".77", StringComparison.Ordinal),
            "grant" => grant.Value,
            _ => $"sub {unique}",
        };
        using var found = await user.GetAsync($"/dashboard/find?q={Uri.EscapeDataString(text)}");
        Assert.Equal(HttpStatusCode.SeeOther, found.StatusCode);
        Assert.Equal($"/dashboard/sign-ins/{id.Value}", found.Headers.Location!.ToString());
    }

    [Fact]
    public async Task Several_hits_are_a_list_and_none_says_so()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var email = $"{AuthorizationId.New().Value.ToLowerInvariant()}@acme.example";
        await AppendAsync(
            Begun(AuthorizationId.New(), new() { Email = email, Outcome = SignInOutcome.Left }),
            Begun(AuthorizationId.New(), new() { Email = email, Outcome = SignInOutcome.Connected }));
        using var several = await user.GetAsync($"/dashboard/find?q={Uri.EscapeDataString(email)}");
        Assert.Equal($"/dashboard/sign-ins?person={Uri.EscapeDataString(email)}&period=30d", several.Headers.Location!.ToString());

        foreach (var text in new[]
            {
                "7K2M-Q4XA", "nothing", "req_x", "https://nothing.example/", "ada@nothing.example", "192.0.2.1", "\u0001",
            })
        {
            using var none = await user.GetAsync($"/dashboard/find?q={Uri.EscapeDataString(text)}");
            Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
            Assert.Contains("Nothing is called that.", await none.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_hostile_name_is_text_on_every_page()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var hostile = "<script>alert(1)</script>\"'`\u202e=1+1";
        var id = await StoppedAsync(
            AskCauses.UnregisteredRedirectUri,
            RecordedFacts.Of(
                [Fact.Sent("redirect_uri", hostile), Fact.Expected("redirect_uri", "javascript:alert(1)")], RecordedAddresses.Full),
            new()
            {
                ClientName = hostile,
                ClientId = hostile,
                Email = hostile,
                Subject = hostile,
                Agent = hostile,
                RedirectHost = hostile,
            });
        foreach (var path in new[]
            {
                $"/dashboard/sign-ins/{id.Value}", "/dashboard/sign-ins", "/dashboard/sign-ins/live", "/dashboard",
                $"/dashboard/sign-ins?person={Uri.EscapeDataString("<script>alert(1)</script>")}",
            })
        {
            var html = await user.OpenAsync(path);
            Assert.DoesNotContain("<script>alert", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain('\u202e', html);
            Assert.DoesNotContain("href=\"javascript", html, StringComparison.OrdinalIgnoreCase);
        }

        using var find = await user.GetAsync($"/dashboard/find?q={Uri.EscapeDataString("<script>alert(1)</script>")}");
        Assert.DoesNotContain("<script>alert", await find.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reference_and_a_login_request_lead_to_the_sign_in()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var byLogin = await user.GetAsync($"/dashboard/sign-ins/{flow.Redirect.LoginRequestId}");
        var path = byLogin.Headers.Location!.ToString();
        Assert.StartsWith("/dashboard/sign-ins/req_", path, StringComparison.Ordinal);
        var reference = SignInReference.Of(path.Split('/')[^1]);
        using var byReference = await user.GetAsync($"/dashboard/sign-ins/{reference}");
        Assert.Equal(path, byReference.Headers.Location!.ToString());

        var html = await TextOfAsync(user, path);
        Assert.Contains("Connected: ", html, StringComparison.Ordinal);
        Assert.Contains("Latchkey’s part ended well. What the MCP server answers is not seen here.", html, StringComparison.Ordinal);
        Assert.Contains("The browser came back", html, StringComparison.Ordinal);
        Assert.Contains("The client has its tokens", html, StringComparison.Ordinal);
        Assert.DoesNotContain(CauseText.Unknown, html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_reference_of_a_refusal_without_a_sign_in_shows_its_cause()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        using var refused = await host.Anonymous.GetAsync("/.well-known/oauth-authorization-server/resources/res_0000000000000000000000");
        var events = host.Services.GetRequiredService<UnattributedEvents>();
        var (_, rows) = await events.ListAsync(new(null, "unknown_resource", null, null), after: null, 1, default);
        var html = await TextOfAsync(user, $"/dashboard/sign-ins/{rows[0].Reference}");
        Assert.Contains("Stopped at Find: ", html, StringComparison.Ordinal);
        Assert.Contains("<code data-lk-cause>unknown_resource</code>", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_in_that_was_deleted_while_its_page_was_open_is_gone()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var id = AuthorizationId.New();
        var at = host.Clock.GetUtcNow().AddDays(-40);
        await AppendAsync(Begun(id, new() { Outcome = SignInOutcome.Connected }) with { At = at });
        await user.OpenAsync($"/dashboard/sign-ins/{id.Value}");
        await Store.SweepAsync(at.AddDays(1), default);
        using var gone = await user.GetAsync($"/dashboard/sign-ins/{id.Value}");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Contains(
            "Older than 30 days and deleted. Its access, if any, is still listed.", await gone.Content.ReadAsStringAsync(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_are_in_the_URL_and_each_is_a_chip_without_it()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var client = ClientId.New().Value;
        var stopped = await StoppedAsync(TokenCauses.NoCode, [], new() { ClientId = client });
        await AppendAsync(Begun(AuthorizationId.New(), new() { ClientId = client, Outcome = SignInOutcome.Connected }));
        var html = await TextOfAsync(user, $"/dashboard/sign-ins?outcome=stopped&cause=no_code&client={client}");
        Assert.Contains(stopped.Value, html, StringComparison.Ordinal);
        Assert.Contains($"href=\"/dashboard/sign-ins?cause=no_code&client={client}\" aria-label=\"Remove filter Outcome: Stopped\"", html,
            StringComparison.Ordinal);
        Assert.Equal(1, Count(html, "data-id="));
        var both = await TextOfAsync(user, $"/dashboard/sign-ins?outcome=stopped&outcome=connected&client={client}");
        Assert.Equal(2, Count(both, "data-id="));

        foreach (var (sent, clean) in new[]
            {
                ($"outcome=nothing&client={client}", $"?client={client}"), ("x=1", ""), ("cause=%00", ""), ("period=99d", ""),
                ("after=%2525", ""), ("server=res_x", ""), ("person=a%00b", ""),
            })
        {
            using var response = await user.GetAsync($"/dashboard/sign-ins?{sent}");
            Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
            Assert.Equal($"/dashboard/sign-ins{clean}", response.Headers.Location!.ToString());
        }
    }

    [Fact]
    public async Task Older_and_newer_rows_are_pages_of_their_own()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var client = ClientId.New().Value;
        var now = host.Clock.GetUtcNow().AddHours(-1);
        await AppendAsync([.. Enumerable.Range(0, 70).Select(
            i => Begun(AuthorizationId.New(), new() { ClientId = client, Outcome = SignInOutcome.Left }) with { At = now.AddSeconds(i) })]);
        var first = await TextOfAsync(user, $"/dashboard/sign-ins?client={client}");
        Assert.Equal(50, Count(first, "data-id="));
        Assert.DoesNotContain("rel=\"prev\"", first, StringComparison.Ordinal);
        var second = await TextOfAsync(user, Between(first, "rel=\"next\" href=\"", "\""));
        Assert.Equal(20, Count(second, "data-id="));
        Assert.DoesNotContain("rel=\"next\"", second, StringComparison.Ordinal);
        var back = await TextOfAsync(user, Between(second, "rel=\"prev\" href=\"", "\""));
        Assert.Equal(Between(first, "data-id=\"", "\""), Between(back, "data-id=\"", "\""));
        Assert.Contains("70 left", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_has_the_rows_of_the_filter_and_no_formula()
    {
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var client = ClientId.New().Value;
        await AppendAsync([.. Enumerable.Range(0, 1_100).Select(_ => Begun(
            AuthorizationId.New(), new() { ClientId = client, Subject = "=HYPERLINK(\"http://evil\")", Outcome = SignInOutcome.Left }))]);
        using var csv = await admin.GetAsync($"/dashboard/sign-ins/download?format=csv&client={client}");
        Assert.Equal("text/csv", csv.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment", csv.Content.Headers.ContentDisposition!.DispositionType);
        var lines = (await csv.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1_101, lines.Length);
        Assert.All(lines.Skip(1), line => Assert.Contains(",\"'=HYPERLINK(\"\"http://evil\"\")\",", line, StringComparison.Ordinal));

        using var json = await admin.GetAsync($"/dashboard/sign-ins/download?format=json&client={client}");
        using var document = JsonDocument.Parse(await json.Content.ReadAsStringAsync());
        Assert.Equal(1_100, document.RootElement.GetArrayLength());

        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        using var refused = await viewer.GetAsync("/dashboard/sign-ins/download?format=csv");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.DoesNotContain("/dashboard/sign-ins/download", await viewer.OpenAsync("/dashboard/sign-ins"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_live_list_sends_new_sign_ins_of_its_filter()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var client = ClientId.New().Value;
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/dashboard/sign-ins/live.events?client={client}");
        request.Headers.Add("Accept", "text/event-stream");
        request.Headers.Add("Cookie", $"lk-op={user.Token.Value}");
        using var http = host.NewClient();
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var tail = host.Services.GetRequiredService<SignInTail>();
        Assert.Equal("event: ping", await reader.ReadLineAsync());
        await tail.PollAsync(default);
        var id = await StoppedAsync(TokenCauses.NoCode, [Fact.Sent("client_id", client)], new() { ClientId = client });
        await AppendAsync(Begun(AuthorizationId.New(), new() { ClientId = "another" }));
        await tail.PollAsync(default);
        using var time = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        string? line;
        do
        {
            line = await reader.ReadLineAsync(time.Token);
        }
        while (line?.StartsWith("data: {", StringComparison.Ordinal) == false);

        using var row = JsonDocument.Parse(line!["data: ".Length..]);
        Assert.Equal(id.Value, row.RootElement.GetProperty("id").GetString());
        Assert.Equal($"The client {client} sent no code.", row.RootElement.GetProperty("sentence").GetString());
    }

    [Fact]
    public async Task A_live_list_has_a_bound_per_operator()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var tail = host.Services.GetRequiredService<SignInTail>();
        var open = Enumerable.Range(0, SignInTail.MaxPerOperator).Select(_ => tail.Open(user.Operator.Id.Value)!).ToList();
        using var refused = await user.GetAsync("/dashboard/sign-ins/live.events", ("Accept", "text/event-stream"));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        open.ForEach(listener => listener.Dispose());
        using var again = tail.Open(user.Operator.Id.Value);
        Assert.NotNull(again);
    }

    [Fact]
    public async Task A_live_list_works_without_a_script()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        Assert.Contains(
            "<noscript><meta http-equiv=\"refresh\" content=\"10;url=/dashboard/sign-ins/live?outcome=stopped\"",
            await user.OpenAsync("/dashboard/sign-ins/live?outcome=stopped"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_overview_counts_ended_sign_ins_and_names_what_needs_the_operator()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var company = await host.CompanyAsync();
        var resources = (await host.SendAsync(HttpMethod.Get, "/api/v1/resources")).GetProperty("resources");
        var resource = resources[0].GetProperty("id").GetString()!;
        var before = await TextOfAsync(user, $"/dashboard?period=7d&server={resource}");
        var change = new SignInChange { ResourceId = new(resource), Family = "Claude" };
        AuthorizationId last = default;
        for (var i = 0; i < 4; i++)
        {
            last = await StoppedAsync(TokenCauses.NoCode, [], change);
        }

        host.Clock.Advance(TimeSpan.FromSeconds(11));
        var html = await TextOfAsync(user, $"/dashboard?period=7d&server={resource}");
        Assert.NotEqual(before, html);
        Assert.Contains("4 sign-ins of <bdi>Claude</bdi> stopped: no code", html, StringComparison.Ordinal);
        Assert.Contains("/dashboard/sign-ins/req_", html, StringComparison.Ordinal);
        Assert.Contains($"/dashboard/sign-ins?cause=no_code&period=7d&server={resource}", html, StringComparison.Ordinal);
        Assert.NotNull(company);
        using var unknown = await user.GetAsync("/dashboard?period=99d");
        Assert.Equal("/dashboard", unknown.Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_note_about_the_client_has_its_source()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var id = await StoppedAsync(TokenCauses.NoCode, [], new() { Family = "Claude Code", ClientName = "Claude Code" });
        var html = await TextOfAsync(user, $"/dashboard/sign-ins/{id.Value}");
        var note = Assert.Single(ClientNotes.Of("Claude Code", name: null));
        Assert.Contains(note.Note, html, StringComparison.Ordinal);
        Assert.Contains($"href=\"{note.Source}\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_text_for_support_leaves_the_person_out()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var id = await StoppedAsync(
            TokenCauses.NoCode, [Fact.Seen("sub", "ada-4711"), Fact.Seen("client_id", "m2m_x")],
            new() { Email = "ada@acme.example", Subject = "ada-4711", Network = "203.0.113.0/24", Agent = "Firefox" });
        var html = await TextOfAsync(user, $"/dashboard/sign-ins/{id.Value}");
        var text = html[html.IndexOf("## Sign-in", StringComparison.Ordinal)..];
        Assert.DoesNotContain("ada", Between(text, "## Sign-in", "</code>"), StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.113", Between(text, "## Sign-in", "</code>"), StringComparison.Ordinal);
    }

    private async Task<AuthorizationId> StoppedAsync(Cause cause, IReadOnlyList<Fact> facts, SignInChange? about = null)
    {
        var id = AuthorizationId.New();
        var change = (about ?? new()) with { Outcome = SignInOutcome.Stopped, Station = cause.Station, CauseCode = cause.Code };
        await AppendAsync(Begun(id, change) with { Name = "token.refused", Facts = facts, CauseCode = cause.Code });
        return id;
    }

    private Task AppendAsync(params SignInEvent[] events) => Store.AppendAsync(events, default);

    private SignInEvent Begun(AuthorizationId id, SignInChange change) =>
        new(id, null, host.Clock.GetUtcNow(), "authorize.accepted", []) { Change = change };

    /// <summary>The page with its character references decoded.</summary>
    private static async Task<string> TextOfAsync(DashboardUser user, string path) => WebUtility.HtmlDecode(await user.OpenAsync(path));

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static string Between(string text, string before, string after)
    {
        var start = text.IndexOf(before, StringComparison.Ordinal);
        Assert.True(start >= 0, $"{before} is not in {text}");
        start += before.Length;
        return text[start..text.IndexOf(after, start, StringComparison.Ordinal)];
    }
}
