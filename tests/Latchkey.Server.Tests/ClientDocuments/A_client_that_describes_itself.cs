using System.IO.Compression;
using System.Net;
using Latchkey.Server.ClientDocuments;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Server.Tests.ClientDocuments;

public sealed class A_client_that_describes_itself(BesideClients host) : IClassFixture<BesideClients>
{
    private const string Redirect = "https://client.example/callback";
    private static int documents;

    private ClientHost Clients => host.Clients!;

    [Fact]
    [Spec("Client ID Metadata Document §4", "fetched")]
    public async Task Needs_no_registration_and_gets_its_tokens()
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => d);
        var tokens = await client.TokensAsync();

        Assert.Equal(client.Id, tokens.Claims.GetProperty("client_id").GetString());
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        Assert.Equal(1, Clients.VisitsOf(client.Id["https://".Length..]));
    }

    [Fact]
    [Spec("Client ID Metadata Document §6.4", "host-shown")]
    public async Task Is_shown_with_its_name_and_the_host_of_its_document_and_a_warning_because_nobody_vouches_for_it()
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => d);
        var html = await ConsentOfAsync(company, client);

        Assert.Contains("Describing", html, StringComparison.Ordinal);
        Assert.Contains("<strong data-lk=\"client-host\">client.example</strong>", html, StringComparison.Ordinal);
        Assert.Contains("class=\"warning\"", html, StringComparison.Ordinal);
    }

    [Fact]
    [Spec("Client ID Metadata Document §6.8", "domain-trust")]
    public async Task Is_vouched_for_by_the_catalogue_or_by_the_resources_list_of_hosts()
    {
        var company = await host.NewCompanyAsync();
        var known = Publish(company, d => Set(Set(d, "client_name", "ChatGPT"), "redirect_uris", new[] { "https://chatgpt.com/connector/oauth/abc" }), "chatgpt.com/oauth/abc/client.json", "https://chatgpt.com/connector/oauth/abc");
        Assert.DoesNotContain("class=\"warning\"", await ConsentOfAsync(company, known), StringComparison.Ordinal);

        var listing = await host.NewCompanyAsync(resource: new { cimd_allowed_hosts = new[] { "client.example" } });
        Assert.DoesNotContain("class=\"warning\"", await ConsentOfAsync(listing, Publish(listing, d => d)), StringComparison.Ordinal);
    }

    [Fact]
    [Spec("Client ID Metadata Document §6.4", "imitations")]
    public async Task Is_shown_by_its_host_alone_when_its_name_imitates_a_well_known_clients()
    {
        var company = await host.NewCompanyAsync();
        var html = await ConsentOfAsync(company, Publish(company, d => Set(d, "client_name", "СhatGРТ")));

        Assert.DoesNotContain("СhatGРТ", WebUtility.HtmlDecode(html), StringComparison.Ordinal);
        Assert.Contains("client.example", html, StringComparison.Ordinal);
        Assert.Contains("looks like the name of a well-known one", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1/callback", "http://127.0.0.1:51234/callback", "A program on this device, described at")]
    [InlineData("https://other.example/callback", "https://other.example/callback", "Your answer goes to other.example")]
    [Spec("Client ID Metadata Document §6.4", "host-shown")]
    public async Task Is_shown_with_where_the_answer_goes_when_that_is_not_where_it_is_described(string published, string asked, string shown)
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => Set(d, "redirect_uris", new[] { published }), redirect: asked);
        var html = await ConsentOfAsync(company, client);

        Assert.Contains(shown, html, StringComparison.Ordinal);
        Assert.Contains("<strong data-lk=\"client-host\">client.example</strong>", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("client_id", "https://client.example/other", "client_document_invalid")]
    [InlineData("client_id", null, "client_document_invalid")]
    [InlineData("client_name", null, "client_document_invalid")]
    [InlineData("client_name", "\u202eedualC", "client_document_invalid")]
    [InlineData("redirect_uris", null, "client_document_invalid")]
    [InlineData("redirect_uris", "https://client.example/callback", "client_document_invalid")]
    [InlineData("redirect_uris", new[] { "javascript:alert(1)" }, "client_document_invalid")]
    [InlineData("redirect_uris", new[] { "https://client.example/elsewhere" }, "unregistered_redirect_uri")]
    [InlineData("client_secret", "s3cr3t", "client_document_invalid")]
    [InlineData("token_endpoint_auth_method", "client_secret_post", "client_document_invalid")]
    [InlineData("token_endpoint_auth_method", "private_key_jwt", "client_document_invalid")]
    [InlineData("grant_types", new[] { "client_credentials" }, "client_document_invalid")]
    [Spec("Client ID Metadata Document §4.1", "own-id", "no-shared-secret")]
    [Spec("Client ID Metadata Document §4.5", "redirects-exact")]
    public async Task Is_refused_with_a_page_when_its_document_is_wrong(string member, object? value, string code)
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => Set(d, member, value));
        await Expect.PageAsync(await host.Anybody.GetAsync(client.Authorize()), 400, code);
    }

    public static TheoryData<string> WrongAnswers => ["204", "206", "301", "302", "404", "500", "html", "too large", "bomb", "endless headers", "slow", "not json", "no array end", "untrusted", "unknown host", "private address"];

    [Theory]
    [MemberData(nameof(WrongAnswers))]
    [Spec("Client ID Metadata Document §4.3", "failed-fetch")]
    [Spec("Client ID Metadata Document §4.4", "failures-not-cached")]
    [Spec("Client ID Metadata Document §6.5", "ssrf")]
    [Spec("Client ID Metadata Document §6.6", "size")]
    public async Task Is_refused_with_a_page_when_its_document_cannot_be_had_and_the_failure_is_not_remembered(string kind)
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => d);
        var page = client.Id["https://".Length..];
        var target = $"client.example/target{Interlocked.Increment(ref documents)}";
        Clients.Publish(page, http => AnswerAsync(http, kind, target));
        if (kind is "untrusted" or "unknown host" or "private address")
        {
            var id = kind switch { "untrusted" => "https://untrusted.example/a", "unknown host" => "https://nowhere.invalid/a", _ => "https://localhost.localdomain/a" };
            await Expect.PageAsync(await host.Anybody.GetAsync(client.Authorize(("client_id", id))), 400, "client_document_unavailable");
            return;
        }

        await Expect.PageAsync(await host.Anybody.GetAsync(client.Authorize()), 400, kind is "not json" or "no array end" ? "client_document_invalid" : "client_document_unavailable");
        Assert.Equal(0, Clients.VisitsOf(target));

        client = Publish(company, d => d, page);
        using var browser = new Browser(host);
        await browser.StartAsync(client.Authorize());
    }

    [Theory]
    [InlineData("http://client.example/a")]
    [InlineData("https://client.example/./a")]
    [InlineData("https://127.0.0.1/a")]
    [InlineData("https://[::1]/a")]
    [InlineData("https://client.example/a#b")]
    [InlineData("https://client.example")]
    [InlineData("https://user@client.example/a")]
    [InlineData("https://client.example/%2e%2e/a")]
    [InlineData("https://client.example:443/a")]
    [InlineData("https://CLIENT.example/a")]
    [InlineData("https://0x7f.1/a")]
    [InlineData("https://2130706433/a")]
    [Spec("Client ID Metadata Document §3", "url-form")]
    public async Task Is_unknown_when_its_id_is_no_URL_of_that_form_and_nothing_is_fetched(string id)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await Expect.PageAsync(await host.Anybody.GetAsync(client.Authorize(("client_id", id))), 400, "unknown_client");

        Assert.Equal(0, Clients.VisitsOf("client.example/a"));
    }

    [Fact]
    [Spec("Client ID Metadata Document §6.8", "domain-trust")]
    public async Task Is_not_even_fetched_where_its_host_is_not_accepted()
    {
        foreach (var policy in new object[] { new { enable_cimd = false }, new { cimd_denied_hosts = new[] { "client.example" } }, new { cimd_allowed_hosts = new[] { "*.client.example" } } })
        {
            var company = await host.NewCompanyAsync(resource: policy);
            var client = Publish(company, d => d);
            await Expect.PageAsync(await host.Anybody.GetAsync(client.Authorize()), 400, policy.ToString()!.Contains("enable_cimd", StringComparison.Ordinal) ? "client_documents_off" : "client_host_not_accepted");
            Assert.Equal(0, Clients.VisitsOf(client.Id["https://".Length..]));
            await Expect.ErrorAsync(await client.RedeemAsync("lkc_x"), 401, "invalid_client");
        }
    }

    [Fact]
    [Spec("Client ID Metadata Document §4.4", "cache-headers")]
    public async Task Is_fetched_again_when_it_is_stale_and_a_change_is_recorded()
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => d, cacheControl: "max-age=1");
        using var browser = new Browser(host);
        await browser.StartAsync(client.Authorize());
        await browser.StartAsync(client.Authorize());
        var page = client.Id["https://".Length..];
        Assert.Equal(1, Clients.VisitsOf(page));

        Publish(company, d => Set(d, "client_name", "Renamed"), page);
        host.Clock.Advance(TimeSpan.FromMinutes(6));
        var visit = await browser.StartAsync(client.Authorize());
        Assert.Equal(2, Clients.VisitsOf(page));
        Assert.Contains("client.document_changed", await host.JourneyAsync(visit.LoginRequestId), StringComparer.Ordinal);
    }

    [Fact]
    [Spec("Client ID Metadata Document §4.4", "cache-headers")]
    public async Task Stays_valid_while_its_host_is_down_but_not_when_the_document_is_withdrawn()
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => d, cacheControl: "max-age=999999999");
        var tokens = await client.TokensAsync();
        var page = client.Id["https://".Length..];

        host.Clock.Advance(TimeSpan.FromHours(25));
        Clients.Publish(page, http => ClientHost.Status(http, 503));
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        Assert.Contains("client.document_stale", await host.JourneyAsync(visit.LoginRequestId), StringComparer.Ordinal);
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));

        Clients.Publish(page, http => ClientHost.Status(http, 404));
        await Expect.PageAsync(await host.Anybody.GetAsync(client.Authorize()), 400, "client_document_unavailable");
        await Tokens.OfAsync(await client.RefreshAsync((await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!))).Refresh!));
    }

    [Fact]
    public async Task Is_fetched_once_however_many_ask_at_the_same_time()
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => d);
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => host.Anybody.GetAsync(client.Authorize())));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.Redirect, a.StatusCode));
        Assert.Equal(1, Clients.VisitsOf(client.Id["https://".Length..]));
    }

    [Fact]
    public async Task Of_a_slow_host_does_not_hold_up_others()
    {
        var company = await host.NewCompanyAsync();
        var slow = Enumerable.Range(0, 12).Select(_ =>
        {
            var client = Publish(company, d => d);
            Clients.Publish(client.Id["https://".Length..], async http => await Task.Delay(3000, http.RequestAborted));
            return host.Anybody.GetAsync(client.Authorize());
        }).ToList();
        await Task.Delay(200);

        using var browser = new Browser(host);
        var other = Publish(company, d => d, $"other.example/{Interlocked.Increment(ref documents)}");
        await browser.StartAsync(other.Authorize());
        var codes = (await Task.WhenAll(slow)).Select(a => (int)a.StatusCode).ToList();
        Assert.Contains(429, codes);
    }

    /// <summary>A document at a page of its own, and the client it describes.</summary>
    private McpClient Publish(Company company, Func<Dictionary<string, object?>, Dictionary<string, object?>> change, string? page = null, string redirect = Redirect, string? cacheControl = null)
    {
        page ??= $"client.example/clients/{Interlocked.Increment(ref documents)}";
        var document = change(new(StringComparer.Ordinal)
        {
            ["client_id"] = $"https://{page}",
            ["client_name"] = "Describing",
            ["redirect_uris"] = new[] { redirect },
            ["grant_types"] = new[] { "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code" },
            ["token_endpoint_auth_method"] = "none",
        });
        Clients.Publish(page, document.Where(m => m.Value is not null).ToDictionary(StringComparer.Ordinal), cacheControl);
        return new McpClient(company, $"https://{page}", secret: null, redirect);
    }

    private static Dictionary<string, object?> Set(Dictionary<string, object?> document, string member, object? value)
    {
        document[member] = value;
        return document;
    }

    private async Task<string> ConsentOfAsync(Company company, McpClient client)
    {
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        return (await browser.ComeBackAsync((await company.ReportAsync(visit.LoginRequestId)).CallbackPath)).Html;
    }

    private async Task AnswerAsync(HttpContext http, string kind, string target)
    {
        var answer = http.Response;
        answer.ContentType = kind == "html" ? "text/html" : "application/json";
        switch (kind)
        {
            case "301" or "302":
                answer.StatusCode = int.Parse(kind);
                answer.Headers.Location = $"https://{target}";
                break;
            case "204" or "206" or "404" or "500":
                answer.StatusCode = int.Parse(kind);
                break;
            case "too large":
                await answer.WriteAsync($"{{\"client_name\":\"{new string('x', DocumentFetcher.MaxBytes)}\"}}");
                break;
            case "bomb":
                answer.Headers.ContentEncoding = "gzip";
                await using (var gzip = new GZipStream(answer.Body, CompressionLevel.Fastest))
                {
                    for (var i = 0; i < 200; i++)
                    {
                        await gzip.WriteAsync(new byte[100_000]);
                    }
                }

                break;
            case "endless headers":
                answer.Headers["X-Long"] = new string('x', 40_000);
                break;
            case "slow":
                await Task.Delay(TimeSpan.FromSeconds(8), http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            default:
                await answer.WriteAsync(kind == "not json" ? "hello" : "[1,2");
                break;
        }
    }
}
