using System.IO.Compression;
using System.Net;
using Latchkey.Server.Clients;
using Latchkey.Server.Network;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Server.Tests.ClientMetadata;

public sealed class Client_ID_metadata_documents(WithClientHost host) : IClassFixture<WithClientHost>
{
    private const string Redirect = "https://client.example/callback";
    private static int documents;

    private ClientHost Clients => host.Clients!;

    [Fact]
    [Spec("Client ID Metadata Document §4", "fetched")]
    public async Task A_client_with_a_metadata_document_gets_tokens_without_registration()
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => d);
        var tokens = await client.TokensAsync();

        Assert.Equal(client.Id, tokens.Claims.GetProperty("client_id").GetString());
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        Assert.Equal(1, Clients.FetchesOf(client.Id["https://".Length..]));
    }

    [Fact]
    [Spec("Client ID Metadata Document §6.4", "host-shown")]
    public async Task The_consent_page_shows_the_name_and_host_of_an_untrusted_client_with_a_warning()
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => d);
        var html = await ConsentOfAsync(company, client);

        Assert.Contains("Describing", html, StringComparison.Ordinal);
        Assert.Contains("<strong data-lk=\"client-host\" dir=\"ltr\">client.example</strong>", html, StringComparison.Ordinal);
        Assert.Contains("class=\"warning\"", html, StringComparison.Ordinal);
    }

    [Fact]
    [Spec("Client ID Metadata Document §6.8", "domain-trust")]
    public async Task A_client_in_the_catalogue_or_on_an_allowed_host_has_no_warning()
    {
        var company = await host.NewCompanyAsync();
        var known = Publish(
            company, d => Set(Set(d, "client_name", "ChatGPT"), "redirect_uris", new[] { "https://chatgpt.com/connector/oauth/abc" }),
            "chatgpt.com/oauth/abc/client.json", "https://chatgpt.com/connector/oauth/abc");
        Assert.DoesNotContain("class=\"warning\"", await ConsentOfAsync(company, known), StringComparison.Ordinal);

        var listing = await host.NewCompanyAsync(resource: new { cimd_allowed_hosts = new[] { "client.example" } });
        Assert.DoesNotContain("class=\"warning\"", await ConsentOfAsync(listing, Publish(listing, d => d)), StringComparison.Ordinal);
    }

    [Fact]
    [Spec("Client ID Metadata Document §6.4", "imitations")]
    public async Task The_consent_page_shows_only_the_host_of_a_client_that_imitates_a_known_name()
    {
        var company = await host.NewCompanyAsync();
        var html = await ConsentOfAsync(company, Publish(company, d => Set(d, "client_name", "СhatGРТ")));

        Assert.DoesNotContain("СhatGРТ", WebUtility.HtmlDecode(html), StringComparison.Ordinal);
        Assert.Contains("client.example", html, StringComparison.Ordinal);
        Assert.Contains("looks like the name of a well-known one", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1/callback", "http://127.0.0.1:51234/callback", "A program on this device</span>, described at")]
    [InlineData(
        "https://other.example/callback", "https://other.example/callback", "Your answer goes to <bdi dir=\"ltr\">other.example</bdi>")]
    [Spec("Client ID Metadata Document §6.4", "host-shown")]
    public async Task The_consent_page_shows_a_redirect_host_that_differs_from_the_document_host(
        string published, string asked, string shown)
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => Set(d, "redirect_uris", new[] { published }), redirect: asked);
        var html = await ConsentOfAsync(company, client);

        Assert.Contains(shown, html, StringComparison.Ordinal);
        Assert.Contains("<strong data-lk=\"client-host\" dir=\"ltr\">client.example</strong>", html, StringComparison.Ordinal);
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
    public async Task An_invalid_document_shows_an_error_page(string member, object? value, string code)
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => Set(d, member, value));
        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, code);
    }

    public static TheoryData<string> FailedFetches => [
        "204", "206", "301", "302", "404", "500", "html", "too large", "bomb", "endless headers", "slow", "not json", "no array end",
        "untrusted", "unknown host", "private address"];

    [Theory]
    [MemberData(nameof(FailedFetches))]
    [Spec("Client ID Metadata Document §4", "only-200", "no-redirects")]
    [Spec("Client ID Metadata Document §4.3", "failed-fetch")]
    [Spec("Client ID Metadata Document §4.4", "failures-not-cached")]
    [Spec("Client ID Metadata Document §6.5", "ssrf")]
    [Spec("Client ID Metadata Document §6.6", "size")]
    public async Task A_failed_fetch_shows_an_error_page_and_is_not_cached(string kind)
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => d);
        var page = client.Id["https://".Length..];
        var target = $"client.example/target{Interlocked.Increment(ref documents)}";
        Clients.Publish(page, http => RespondAsync(http, kind, target));
        if (kind == "slow")
        {
            host.Clock.Restore(DocumentFetcher.MaxDuration);
        }

        if (kind is "untrusted" or "unknown host" or "private address")
        {
            // The document is there and valid, so that only the certificate, which is for other names, stands against it.
            var untrusted = Publish(company, d => d, $"untrusted.example/{Interlocked.Increment(ref documents)}");
            var id = kind switch
            {
                "untrusted" => untrusted.Id,
                "unknown host" => "https://nowhere.invalid/a",
                _ => "https://localhost.localdomain/a"
            };
            await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize(("client_id", id))), 400, "client_document_unavailable");
            Assert.Equal(0, Clients.FetchesOf(untrusted.Id["https://".Length..]));
            return;
        }

        await Expect.PageAsync(
            await host.Anonymous.GetAsync(client.Authorize()),
            400,
            kind is "not json" or "no array end" ? "client_document_invalid" : "client_document_unavailable");
        Assert.Equal(0, Clients.FetchesOf(target));

        host.Clock.Lift(DocumentFetcher.MaxDuration);
        host.Clock.Advance(ClientFetches.FailureFloor);
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
    public async Task A_malformed_client_ID_URL_is_an_unknown_client_and_is_not_fetched(string id)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize(("client_id", id))), 400, "unknown_client");

        Assert.Equal(0, Clients.FetchesOf("client.example/a"));
    }

    [Fact]
    [Spec("Client ID Metadata Document §6.8", "domain-trust")]
    public async Task A_document_on_a_host_that_is_not_accepted_is_not_fetched()
    {
        foreach (var policy in new object[] { new { enable_cimd = false }, new { cimd_denied_hosts = new[] { "client.example" } },
            new { cimd_allowed_hosts = new[] { "*.client.example" } } })
        {
            var company = await host.NewCompanyAsync(resource: policy);
            var client = Publish(company, d => d);
            await Expect.PageAsync(
                await host.Anonymous.GetAsync(client.Authorize()),
                400,
                policy.ToString()!.Contains("enable_cimd", StringComparison.Ordinal) ? "client_documents_off" : "client_host_not_accepted");
            Assert.Equal(0, Clients.FetchesOf(client.Id["https://".Length..]));
            await Expect.ErrorAsync(await client.RedeemAsync("lkc_x"), 401, "invalid_client");
        }
    }

    [Fact]
    [Spec("Client ID Metadata Document §4.4", "cache-headers")]
    public async Task A_stale_document_is_fetched_again_and_a_change_is_recorded()
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => d, cacheControl: "max-age=1");
        using var browser = new Browser(host);
        await browser.StartAsync(client.Authorize());
        await browser.StartAsync(client.Authorize());
        var page = client.Id["https://".Length..];
        Assert.Equal(1, Clients.FetchesOf(page));

        Publish(company, d => Set(d, "client_name", "Renamed"), page);
        host.Clock.Advance(TimeSpan.FromMinutes(6));
        var redirect = await browser.StartAsync(client.Authorize());
        Assert.Equal(2, Clients.FetchesOf(page));
        Assert.Contains("client.document_changed", await host.SignInEventsAsync(redirect.LoginRequestId), StringComparer.Ordinal);
    }

    [Fact]
    [Spec("Client ID Metadata Document §4.4", "cache-headers")]
    public async Task A_cached_document_stays_valid_while_its_host_is_down_but_not_when_it_was_withdrawn()
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => d, cacheControl: "max-age=999999999");
        var tokens = await client.TokensAsync();
        var page = client.Id["https://".Length..];

        host.Clock.Advance(TimeSpan.FromHours(25));
        Clients.Publish(page, http => ClientHost.Status(http, 503));
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        Assert.Contains("client.document_stale", await host.SignInEventsAsync(redirect.LoginRequestId), StringComparer.Ordinal);
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));

        host.Clock.Advance(ClientFetches.FailureFloor);
        Clients.Publish(page, http => ClientHost.Status(http, 404));
        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "client_document_unavailable");
        await Tokens.OfAsync(await client.RefreshAsync((await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!))).Refresh!));
    }

    [Fact]
    public async Task Concurrent_requests_fetch_a_document_once()
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, d => d);
        var responses = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => host.Anonymous.GetAsync(client.Authorize())));

        Assert.All(responses, a => Assert.Equal(HttpStatusCode.Redirect, a.StatusCode));
        Assert.Equal(1, Clients.FetchesOf(client.Id["https://".Length..]));
    }

    [Fact]
    public async Task A_slow_host_does_not_delay_the_documents_of_other_hosts()
    {
        var company = await host.NewCompanyAsync();
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var slow = Enumerable.Range(0, 12).Select(_ =>
        {
            var client = Publish(company, d => d);
            Clients.Publish(client.Id["https://".Length..], http => released.Task.WaitAsync(http.RequestAborted));
            return host.Anonymous.GetAsync(client.Authorize());
        }).ToList();
        Assert.Equal(429, (int)(await await Task.WhenAny(slow)).StatusCode);

        using var browser = new Browser(host);
        var other = Publish(company, d => d, $"other.example/{Interlocked.Increment(ref documents)}");
        await browser.StartAsync(other.Authorize());
        released.SetResult();
        await Task.WhenAll(slow);
    }

    /// <summary>Publishes a document at a URL of its own. Returns the client that the document describes.</summary>
    private McpClient Publish(
        Company company, Func<Dictionary<string, object?>, Dictionary<string, object?>> change, string? page = null,
        string redirect = Redirect, string? cacheControl = null)
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
        var redirect = await browser.StartAsync(client.Authorize());
        return (await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath)).Html;
    }

    private async Task RespondAsync(HttpContext http, string kind, string target)
    {
        var response = http.Response;
        response.ContentType = kind == "html" ? "text/html" : "application/json";
        switch (kind)
        {
            case "301" or "302":
                response.StatusCode = int.Parse(kind);
                response.Headers.Location = $"https://{target}";
                break;
            case "204" or "206" or "404" or "500":
                response.StatusCode = int.Parse(kind);
                break;
            case "too large":
                await response.WriteAsync($"{{\"client_name\":\"{new string('x', DocumentFetcher.MaxBytes)}\"}}");
                break;
            case "bomb":
                response.Headers.ContentEncoding = "gzip";
                await using (var gzip = new GZipStream(response.Body, CompressionLevel.Fastest))
                {
                    for (var i = 0; i < 200; i++)
                    {
                        await gzip.WriteAsync(new byte[100_000]);
                    }
                }

                break;
            case "endless headers":
                response.Headers["X-Long"] = new string('x', 40_000);
                break;
            case "slow":
                await Task.Delay(TimeSpan.FromSeconds(8), http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            default:
                await response.WriteAsync(kind == "not json" ? "hello" : "[1,2");
                break;
        }
    }
}
