using System.Text;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.Limits;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>
/// A stranger sends what is refused, as fast as the network allows and never the same. Each refusal has a line in the server's log, which
/// fills a disk and hides other lines.
/// </summary>
public sealed class Log_lines_of_a_stranger(WithSmallBudget host, WithFewRefusals few)
    : IClassFixture<WithSmallBudget>, IClassFixture<WithFewRefusals>
{
    private const string Form = "application/x-www-form-urlencoded";
    private const int Requests = 150;

    /// <summary>What one network may leave with its own facts in a minute, and a few lines of the limits themselves.</summary>
    private const int MaxLines = 40;

    private static int pages;

    [Theory]
    [InlineData("POST", "/oauth/token", Form, "grant_type={0}")]
    [InlineData("POST", "/oauth/token", Form, "grant_type=authorization_code&client_id=m2m_{0}&code=x")]
    [InlineData("POST", "/oauth/token", "application/json", "{{\"grant_type\":\"{0}\"}}")]
    [InlineData("POST", "/resources/res_{0}/oauth/token", Form, "grant_type=x")]
    [InlineData("POST", "/oauth/revoke", Form, "token=x&client_id={0}")]
    [InlineData("POST", "/oauth/introspect", Form, "token=x&client_id={0}&client_secret=x")]
    [InlineData("POST", "/oauth/par", Form, "client_id={0}")]
    [InlineData("POST", "/oauth/register", "application/json", "{{\"redirect_uris\":[\"{0}\"]}}")]
    [InlineData("PUT", "/oauth/register/{0}", "application/json", "{{}}")]
    [InlineData("DELETE", "/oauth/register/{0}", null, null)]
    [InlineData("GET", "/oauth/authorize?client_id={0}", null, null)]
    [InlineData("GET", "/consent/{0}", null, null)]
    [InlineData("GET", "/sso/v1/connections/conn_{0}/partner:callback?state={0}", null, null)]
    [InlineData("GET", "/no/such/{0}", null, null)]
    [InlineData("GET", "/.well-known/oauth-authorization-server/{0}", null, null)]
    [InlineData("GET", "/keys?{0}", null, null)]
    [InlineData("GET", "/readyz?{0}", null, null)]
    [InlineData("GET", "/userinfo?{0}", null, null)]
    [InlineData("GET", "/api/v1/resources?{0}", null, null)]
    [InlineData("POST", "/api/v1/connections/conn_{0}/auth-requests/lri_{0}/user", "application/json", "{{}}")]
    [InlineData("POST", "/no.such.Service/{0}", "application/grpc", "x")]
    [InlineData("OPTIONS", "/oauth/token?{0}", "preflight", null)]
    [InlineData("OPTIONS", "/oauth/authorize?{0}", "preflight", null)]
    public async Task Refused_requests_leave_a_bounded_number_of_lines(string method, string path, string? type, string? body)
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        using var logs = Logs.Of(host);
        var network = NetworkClient.New(host);
        for (var i = 0; i < Requests; i++)
        {
            using var content = body is null ? null
                : new StringContent(string.Format(null, body, i), Encoding.UTF8, type!);
            using var answer = await network.SendAsync(
                new HttpMethod(method), string.Format(null, path, i), content,
                type == "application/json" && path.Contains("/api/", StringComparison.Ordinal) ? $"Bearer {i}" : null,
                ("Accept", path.StartsWith("/no/", StringComparison.Ordinal) ? "text/html" : ""),
                ("Origin", type == "preflight" ? $"https://page{i}.example" : ""),
                ("Access-Control-Request-Method", type == "preflight" ? "POST" : ""),
                ("Access-Control-Request-Headers", type == "preflight" ? $"x-{i}" : ""));
            Assert.InRange((int)answer.StatusCode, 200, 499);
        }

        AssertBounded(logs);
    }

    [Fact]
    public async Task Documents_that_cannot_be_fetched_leave_a_bounded_number_of_lines()
    {
        using var still = few.Clock.StandStill();
        few.Refill();
        using var logs = Logs.Of(few);
        var company = await few.CompanyAsync();
        for (var i = 0; i < Requests; i++)
        {
            var client = new McpClient(
                company, $"https://client.example/none/{Interlocked.Increment(ref pages)}", secret: null, Registrant.Redirect);
            using var answer = await few.Anonymous.GetAsync(client.Authorize());
            Assert.Equal(400, (int)answer.StatusCode);
        }

        AssertBounded(logs);
    }

    /// <summary>Only the lines that are written by default.</summary>
    private static void AssertBounded(Logs logs)
    {
        var lines = logs.Text.Split('\n').Where(line =>
            line.StartsWith("Information: Refused", StringComparison.Ordinal)
            || line.StartsWith("Information: The ", StringComparison.Ordinal)
            || line.StartsWith("Warning:", StringComparison.Ordinal)
            || line.StartsWith("Error:", StringComparison.Ordinal)).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine($"{lines.Count} lines");
        Assert.True(lines.Count <= MaxLines, $"{lines.Count} lines, such as {lines.LastOrDefault()}");
        Assert.DoesNotContain(lines, line => line.StartsWith("Error:", StringComparison.Ordinal));
    }
}
