using Latchkey.Server.SignIns;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.SignIns;

/// <summary>Refusals are in the log of the server, one line each, with the reference of the answer.</summary>
public sealed class Preflights_and_log_lines(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task A_refusal_has_one_line_with_reference_cause_client_and_network()
    {
        using var logs = Logs.Of(host);
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingExchange);
        var reference = await References.OfErrorAsync(login.Client.RedeemAsync(login.Code!, ("code_verifier", new string('x', 43))));

        var line = Assert.Single(logs.Text.Split('\n'), line => line.Contains(reference, StringComparison.Ordinal));
        Assert.Contains($"wrong_verifier (reference {reference}, client {login.Client.Id}, network ", line, StringComparison.Ordinal);
    }

    /// <summary>The client hears no reference, so the line leads to the event.</summary>
    [Theory]
    [InlineData("/oauth/authorize", "GET", "", true)]
    [InlineData("/api/v1/resources", "GET", "authorization", true)]
    [InlineData("/oauth/token", "POST", "x-own-header", true)]
    [InlineData("/oauth/token", "DELETE", "", true)]
    [InlineData("/oauth/token", "POST", "content-type", false)]
    public async Task A_preflight_that_is_refused_is_recorded(string path, string method, string headers, bool isRefused)
    {
        using var logs = Logs.Of(host);
        using var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.Add("Origin", "https://page.example");
        request.Headers.Add("Access-Control-Request-Method", method);
        if (headers.Length > 0)
        {
            request.Headers.Add("Access-Control-Request-Headers", headers);
        }

        using var answer = await host.Anonymous.SendAsync(request);
        var line = logs.Text.Split('\n').FirstOrDefault(l => l.Contains("preflight_refused", StringComparison.Ordinal));
        Assert.Equal(isRefused, line is not null);
        if (line is not null)
        {
            var reference = line.Split("reference ")[1].Split(',')[0];
            var found = (await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{reference}")).GetProperty("auth_request");
            Assert.Equal("preflight_refused", found.GetProperty("cause").GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task A_request_that_cannot_be_read_is_recorded()
    {
        using var logs = Logs.Of(host);
        using var content = new StreamContent(new MemoryStream(new byte[40_000_000]));
        content.Headers.ContentType = new("application/x-www-form-urlencoded");
        try
        {
            using var answer = await host.Anonymous.PostAsync("/oauth/token", content);
        }
        catch (HttpRequestException)
        {
            // The server closed the connection before it read everything.
        }

        var recorder = host.Services.GetRequiredService<SignInRecorder>();
        await recorder.FlushAsync(CancellationToken.None);
        Assert.Contains("unreadable_request", logs.Text, StringComparison.Ordinal);
    }
}
