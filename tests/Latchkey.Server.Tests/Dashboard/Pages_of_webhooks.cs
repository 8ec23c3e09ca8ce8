using System.Net;
using System.Text.RegularExpressions;
using Latchkey.Server.Operators;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>Webhook endpoints in the dashboard: add, try, switch off, rotate, delete, and the log of deliveries.</summary>
public sealed partial class Pages_of_webhooks(WithReceiverOnSqlite host) : IClassFixture<WithReceiverOnSqlite>
{
    private const string List = "/dashboard/webhooks";
    private const string New = List + "/new";

    [Fact]
    public async Task An_endpoint_is_added_and_its_secret_is_shown_once()
    {
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var (id, html) = await AddAsync(admin, "/dashboard-add");
        var secret = Secret().Match(html).Value;
        Assert.NotEmpty(secret);
        var page = await admin.OpenAsync($"{List}/{id}");
        Assert.DoesNotContain("whsec_", page, StringComparison.Ordinal);
        Assert.Contains("Nothing was sent yet. Send a test event to try it.", page, StringComparison.Ordinal);
        Assert.Contains("grant.created", await admin.OpenAsync(List), StringComparison.Ordinal);

        using var tested = await admin.PostAsync($"{List}/{id}", $"{List}/{id}/test");
        Assert.Equal(HttpStatusCode.SeeOther, tested.StatusCode);
        var delivery = tested.Headers.Location!.ToString();
        var sent = (await host.Receiver.AtAsync("/dashboard-add", 1))[0];
        Assert.True(sent.IsSignedWith(secret));
        await Latchkey.Testing.Eventually.TrueAsync(
            async () => (await admin.OpenAsync(delivery)).Contains(">delivered<", StringComparison.Ordinal), "it is not delivered");
        var shown = await admin.OpenAsync(delivery);
        Assert.Contains("webhook.test", shown, StringComparison.Ordinal);
        Assert.Contains(sent.Id, shown, StringComparison.Ordinal);

        using var again = await admin.PostAsync(delivery, delivery + "/again");
        Assert.Equal(HttpStatusCode.SeeOther, again.StatusCode);
        Assert.Equal(sent.Id, (await host.Receiver.AtAsync("/dashboard-add", 2))[1].Id);
        Assert.Contains(sent.Id, await admin.OpenAsync($"{List}/{id}/deliveries"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_address_is_explained_beside_its_field()
    {
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        using var refused = await admin.PostAsync(New, New, ("url", "ftp://app.example/hook"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var html = await refused.Content.ReadAsStringAsync();
        Assert.Contains("Address must be an absolute https URL", html, StringComparison.Ordinal);
        Assert.Contains("ftp://app.example/hook", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_is_switched_off_and_on_rotated_changed_and_deleted()
    {
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var (id, html) = await AddAsync(admin, "/dashboard-change");
        var page = $"{List}/{id}";
        using (var off = await admin.PostAsync(page, page + "/disable"))
        {
            off.ExpectRedirect(page);
        }

        Assert.DoesNotContain("Send a test event</button>", await admin.OpenAsync(page), StringComparison.Ordinal);
        using (var on = await admin.PostAsync(page, page + "/enable"))
        {
            on.ExpectRedirect(page);
        }

        using (var rotated = await admin.PostAsync(page + "/rotate", page + "/rotate"))
        {
            Assert.NotEqual(
                Secret().Match(html).Value,
                Secret().Match(WebUtility.HtmlDecode(await rotated.Content.ReadAsStringAsync())).Value);
        }

        Assert.Contains("Former secret", await admin.OpenAsync(page), StringComparison.Ordinal);
        using (var changed = await admin.PostAsync(
            page + "/edit", page + "/edit", ("url", host.Receiver.Url + "/dashboard-changed"), ("enabled", "true")))
        {
            changed.ExpectRedirect(page);
        }

        Assert.Contains("/dashboard-changed", await admin.OpenAsync(page), StringComparison.Ordinal);
        using (var deleted = await admin.PostAsync(page + "/delete", page + "/delete"))
        {
            deleted.ExpectRedirect(List);
        }

        using var gone = await admin.GetAsync(page);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task A_viewer_reads_deliveries_and_sees_no_button()
    {
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var (id, _) = await AddAsync(admin, "/dashboard-viewer");
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var page = await viewer.OpenAsync($"{List}/{id}");
        foreach (var words in (string[])["Send a test event</button>", "Switch it off", "Make a new secret", "Delete this endpoint"])
        {
            Assert.DoesNotContain(words, page, StringComparison.Ordinal);
        }

        await viewer.OpenAsync($"{List}/{id}/deliveries");
        using var refused = await viewer.GetAsync(New);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task An_endpoint_that_the_server_switched_off_needs_the_operator()
    {
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        host.Receiver.Answers["/dashboard-broken"] = http =>
        {
            http.Response.StatusCode = 500;
            return http.Response.WriteAsync("<script>lk(1)</script>");
        };
        var (id, _) = await AddAsync(admin, "/dashboard-broken");
        var page = $"{List}/{id}";
        using (var first = await admin.PostAsync(page, page + "/test"))
        {
            await Latchkey.Testing.Eventually.TrueAsync(
                async () => (await admin.OpenAsync(page)).Contains(">failed<", StringComparison.Ordinal), "it has not failed");
            var shown = await admin.OpenAsync(first.Headers.Location!.ToString());
            Assert.Contains("It answered 500; 2xx is expected.", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("<script>lk", shown, StringComparison.Ordinal);
        }

        host.Clock.Advance(Latchkey.Server.Webhooks.WebhookRetries.DisabledAfter);
        using var later = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        (await later.PostAsync(page, page + "/test")).Dispose();
        await Latchkey.Testing.Eventually.TrueAsync(
            async () => (await later.OpenAsync("/dashboard")).Contains("was switched off", StringComparison.Ordinal),
            "the overview does not say so");
        Assert.Contains("Every delivery has failed since", await later.OpenAsync(page), StringComparison.Ordinal);
    }

    private async Task<(string Id, string Html)> AddAsync(DashboardUser admin, string path)
    {
        using var made = await admin.PostAsync(New, New, ("url", host.Receiver.Url + path), ("events", "grant.created"));
        var html = WebUtility.HtmlDecode(await made.Content.ReadAsStringAsync());
        Assert.True(made.IsSuccessStatusCode, html);
        return (Id().Match(html).Value, html);
    }

    [GeneratedRegex(@"\bwh_[0-9A-Za-z]{22}\b", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Id();

    [GeneratedRegex("whsec_[0-9A-Za-z+/=]{44}|whsec_[^<\"]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Secret();
}
