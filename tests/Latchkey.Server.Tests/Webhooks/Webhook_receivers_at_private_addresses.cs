using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.Webhooks;

/// <summary>SSRF: without <c>Webhooks:PrivateNetworks</c>, an endpoint reaches public addresses only, by https on port 443.</summary>
public sealed class Webhook_receivers_at_private_addresses(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Theory]
    [InlineData("http://app.example/hook")]
    [InlineData("https://app.example:8443/hook")]
    [InlineData("https://user:secret@app.example/hook")]
    [InlineData("https://app.example/hook#part")]
    [InlineData("ftp://app.example/hook")]
    public async Task An_address_of_another_kind_is_refused(string url)
    {
        using var response = await host.TrySendAsync(HttpMethod.Post, "/api/v1/webhooks", new { url });
        await Expect.ProblemAsync(response, 400, "invalid_argument");
    }

    [Theory]
    [InlineData("https://127.0.0.1/hook")]
    [InlineData("https://[::1]/hook")]
    [InlineData("https://localhost/hook")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://[::ffff:10.0.0.1]/hook")]
    public async Task A_private_address_is_not_called(string url)
    {
        var made = await host.SendAsync(HttpMethod.Post, "/api/v1/webhooks", new { url, events = new[] { "key.rotated" } });
        var path = $"/api/v1/webhooks/{made.GetProperty("webhook").GetProperty("id").GetString()}";
        var sent = await host.SendAsync(HttpMethod.Post, path + "/events:test");
        var delivery = "";
        await Eventually.TrueAsync(
            async () =>
            {
                var shown = await host.SendAsync(
                    HttpMethod.Get, $"{path}/deliveries/{sent.GetProperty("delivery_id").GetString()}");
                delivery = shown.GetProperty("delivery").ToString();
                return shown.GetProperty("delivery").GetProperty("state").GetString() == "failed";
            },
            $"it is not failed: {delivery}");
        Assert.Contains("does not resolve to public addresses only", delivery, StringComparison.Ordinal);
        await host.SendAsync(HttpMethod.Delete, path);
    }
}
