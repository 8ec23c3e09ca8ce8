using System.Net;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.Limits;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>Other methods, spellings of a path and versions of HTTP that could reach a route without its cost.</summary>
public sealed class Ways_around_the_budget(WithSmallBudget host) : IClassFixture<WithSmallBudget>
{
    private const string Form = "application/x-www-form-urlencoded";

    [Theory]
    [InlineData("GET", "/oauth/authorize")]
    [InlineData("GET", "/oauth/authorize/")]
    [InlineData("GET", "/OAuth/Authorize")]
    [InlineData("GET", "/oauth/%61uthorize")]
    [InlineData("GET", "/oauth//authorize")]
    [InlineData("GET", "/oauth/./authorize")]
    [InlineData("GET", "/x/../oauth/authorize")]
    [InlineData("GET", "/oauth/authorize;a=b")]
    [InlineData("HEAD", "/oauth/authorize")]
    [InlineData("HEAD", "/keys")]
    [InlineData("OPTIONS", "/oauth/token")]
    [InlineData("TRACE", "/oauth/token")]
    [InlineData("INVENTED", "/oauth/token")]
    [InlineData("POST", "/oauth/token")]
    [InlineData("POST", "/oauth/par")]
    [InlineData("POST", "/oauth/register/")]
    [InlineData("PUT", "/oauth/register/m2m_0000000000000000000000")]
    [InlineData("POST", "/resources/res_0000000000000000000000/oauth/token")]
    [InlineData("GET", "/userinfo")]
    [InlineData("GET", "/no/such/path")]
    [InlineData("GET", "/assets/none.css")]
    [InlineData("DELETE", "/healthz")]
    public async Task A_request_is_charged_in_every_spelling(string method, string target)
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var network = NetworkClient.New(host);
        for (var i = 0; i < WithSmallBudget.Requests; i++)
        {
            var response = await RawHttp.SendAsync(host, method, target, [$"X-Forwarded-For: {network.Address}", $"Content-Type: {Form}"]);
            Assert.InRange(response.Status, 200, 499);
        }

        using var spent = await network.GetAsync("/keys");
        Assert.Equal(429, (int)spent.StatusCode);
    }

    /// <summary>The client disconnects before the response, or sends less than it announced.</summary>
    [Fact]
    public async Task Requests_that_are_aborted_are_charged()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var network = NetworkClient.New(host);
        for (var i = 0; i < WithSmallBudget.Requests / 5; i++)
        {
            using var tcp = new System.Net.Sockets.TcpClient();
            await tcp.ConnectAsync(IPAddress.Loopback, new Uri(host.Address).Port);
            await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /oauth/par HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {network.Address}\r\nContent-Type: {Form}\r\n"
                + "Content-Length: 100\r\nExpect: 100-continue\r\n\r\nclient_id=x"));

            // A connection can be closed before its request is read. The interim response shows that the body is being read.
            var interim = new byte["HTTP/1.1 100".Length];
            await tcp.GetStream().ReadExactlyAsync(interim).AsTask().WaitAsync(Eventually.MaxWait);
            Assert.Equal("HTTP/1.1 100", Encoding.ASCII.GetString(interim));
        }

        var left = 0;
        for (; left < WithSmallBudget.Requests / 5; left++)
        {
            using var page = await network.GetAsync("/consent/lri_0000000000000000000000");
            if ((int)page.StatusCode == 429)
            {
                break;
            }
        }

        Assert.InRange(left, 0, 3);
    }

    /// <summary>Both versions of HTTP, and an address in its IPv6 form, are one network.</summary>
    [Fact]
    public async Task Versions_of_HTTP_and_forms_of_an_address_share_one_budget()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var network = NetworkClient.New(host);
        using var http = host.NewClient();
        for (var i = 0; i < WithSmallBudget.Requests; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/keys")
            {
                Version = i % 2 == 0 ? HttpVersion.Version20 : HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            request.Headers.TryAddWithoutValidation(
                "X-Forwarded-For",
                (i % 3) switch { 0 => $"::ffff:{network.Address}", 1 => $"{network.Address}:{i}", _ => network.Address });
            using var response = await http.SendAsync(request);
            Assert.Equal(200, (int)response.StatusCode);
        }

        using var spent = await network.GetAsync("/keys");
        Assert.Equal(429, (int)spent.StatusCode);
    }

    /// <summary>A deleted registration was still stored once, and its bytes and its number are not returned.</summary>
    [Fact]
    public async Task Registrations_that_are_deleted_at_once_stay_charged()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var company = await host.CompanyAsync();
        var network = NetworkClient.New(host);
        var accepted = 0;
        for (; accepted < 100; accepted++)
        {
            host.Clock.Advance(TimeSpan.FromMinutes(1));
            using var response = await network.PostAsync(
                $"/api/v1/resources/{company.ResourceId}/clients:register",
                new StringContent(
                    JsonSerializer.Serialize(new
                    {
                        client_name = $"Deleted {accepted}",
                        redirect_uris = new[] { Registrant.Redirect },
                        token_endpoint_auth_method = "client_secret_post",
                        scope = new string('s', 40_000),
                    }),
                    Encoding.UTF8, "application/json"));
            if ((int)response.StatusCode == 429)
            {
                break;
            }

            var made = JsonElement.Parse(await response.Content.ReadAsStringAsync());
            using var deleted = await network.SendAsync(
                HttpMethod.Delete, $"/oauth/register/{made.GetProperty("client_id").GetString()}", content: null,
                $"Bearer {made.GetProperty("registration_access_token").GetString()}");
            Assert.Equal(204, (int)deleted.StatusCode);
        }

        // Half of 1 MiB at once, and 17 KiB per minute.
        Assert.InRange(accepted, 10, 30);
    }
}
