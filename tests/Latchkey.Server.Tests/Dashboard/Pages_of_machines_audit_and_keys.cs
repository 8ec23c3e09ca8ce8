using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.Operators;
using Latchkey.Server.Storage;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>Machines, the audit log and keys in the dashboard.</summary>
public sealed partial class Pages_of_machines_audit_and_keys(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task A_machine_is_added_with_a_secret_that_is_shown_once_and_works_until_it_is_removed()
    {
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        using var added = await admin.PostAsync(
            "/dashboard/machines/add", "/dashboard/machines/add", ("name", "Nightly script"), ("role", "read-only"));
        var html = await added.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, added.StatusCode);
        var (id, secret) = (MachineId().Match(html).Value, SecretOf().Match(html).Value);
        Assert.NotEmpty(await host.ManagementTokenAsync(id, secret));

        var page = $"/dashboard/machines/{id}";
        Assert.Contains($"href=\"{page}\"", await admin.OpenAsync("/dashboard/machines"), StringComparison.Ordinal);
        var shown = await admin.OpenAsync(page);
        Assert.DoesNotContain(secret, shown, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", shown, StringComparison.Ordinal);

        using var second = await admin.PostAsync(page, page + "/secrets");
        var newer = SecretOf().Match(await second.Content.ReadAsStringAsync()).Value;
        Assert.NotEqual(secret, newer);
        var remove = Remove().Match(await admin.OpenAsync(page)).Groups["path"].Value;
        Assert.Contains("1 other secret goes on working", await admin.OpenAsync(remove), StringComparison.Ordinal);
        using var removed = await admin.PostAsync(remove, remove);
        removed.ExpectRedirect(page);
        Assert.NotEmpty(await host.ManagementTokenAsync(id, newer));

        using var deleted = await admin.PostAsync(page + "/delete", page + "/delete", ("reason", "Not needed"));
        deleted.ExpectRedirect("/dashboard/machines");
        using var gone = await admin.GetAsync(page);
        await gone.ExpectErrorAsync(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData("", "read-only", "name")]
    [InlineData("A", "owner", "role")]
    [InlineData("A", "login", "connection_ids")]
    public async Task What_is_wrong_with_a_machine_stands_at_its_field(string name, string role, string field)
    {
        await host.CompanyAsync();
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        using var refused = await admin.PostAsync(
            "/dashboard/machines/add", "/dashboard/machines/add", ("name", name), ("role", role));
        await refused.ExpectErrorAsync(HttpStatusCode.BadRequest, "invalid_argument");
        Assert.Contains($"#field-{field}", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_audit_log_shows_before_and_after_and_that_it_is_whole()
    {
        var company = await host.CompanyAsync();
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { name = "=HYPERLINK(\"x\")" });
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var html = await admin.OpenAsync(
            $"/dashboard/audit?target={company.ResourceId}&action=resource.changed&actor={LatchkeyHost.OperatorId}");
        Assert.Contains("Whole since", html, StringComparison.Ordinal);
        Assert.Contains("<ins><bdi>=HYPERLINK", html, StringComparison.Ordinal);
        Assert.Contains("MCP server changed", html, StringComparison.Ordinal);
        Assert.Equal(html.Split("<b>MCP server changed</b>").Length - 1, Entries().Count(html));

        using var csv = await admin.GetAsync($"/dashboard/audit/download?format=csv&target={company.ResourceId}");
        Assert.Equal("text/csv", csv.Content.Headers.ContentType!.MediaType);
        using var json = await admin.GetAsync($"/dashboard/audit/download?format=json&target={company.ResourceId}");
        var entries = JsonDocument.Parse(await json.Content.ReadAsStringAsync()).RootElement.EnumerateArray().ToList();
        Assert.Equal(["resource.changed", "resource.created"], entries.Select(e => e.GetProperty("action").GetString()).Distinct());
    }

    [Fact]
    public async Task A_changed_entry_of_the_audit_log_is_found()
    {
        await using var own = new OnSqlite();
        await own.InitializeAsync();
        using var admin = await DashboardUser.SignInAsync(own, OperatorRole.Admin);
        Assert.Contains("Whole since", await admin.OpenAsync("/dashboard/audit"), StringComparison.Ordinal);
        await own.Services.GetRequiredService<IDatabase>().WriteAsync(
            "DROP TRIGGER audit_entries_are_not_changed; UPDATE audit_entries SET actor = 'opr_other' WHERE position = 1",
            SqlValues.None, static _ => true, default);
        own.Clock.Advance(TimeSpan.FromMinutes(61));
        using var later = await DashboardUser.SignInAsync(own, OperatorRole.Viewer);
        Assert.Contains("Entry 1 was changed after it was written.", await later.OpenAsync("/dashboard/audit"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_owner_rotates_a_signing_key_that_was_published_for_a_day()
    {
        await using var own = new OnSqlite();
        await own.InitializeAsync();
        using var owner = await DashboardUser.SignInAsync(own, OperatorRole.Owner);
        const string Rotate = "/dashboard/keys/ES256/rotate";
        using var soon = await owner.PostAsync(Rotate, Rotate);
        await soon.ExpectErrorAsync(HttpStatusCode.Conflict, "rotation_too_soon");

        own.Clock.Advance(TimeSpan.FromHours(25));
        using var later = await DashboardUser.SignInAsync(own, OperatorRole.Owner);
        var before = await later.OpenAsync("/dashboard/keys");
        var next = KeyId().Matches(before)[1].Groups["id"].Value;
        using var rotated = await later.PostAsync(Rotate, Rotate, ("reason", "Exercise"));
        rotated.ExpectRedirect("/dashboard/keys");
        var after = await later.OpenAsync("/dashboard/keys");
        Assert.Contains($"Current is {next}.", after, StringComparison.Ordinal);
        Assert.Contains("Former", after, StringComparison.Ordinal);
        Assert.Contains("Exercise", await later.OpenAsync("/dashboard/audit?action=key.rotated"), StringComparison.Ordinal);

        using var admin = await DashboardUser.SignInAsync(own, OperatorRole.Admin);
        Assert.DoesNotContain(Rotate, await admin.OpenAsync("/dashboard/keys"), StringComparison.Ordinal);
        using var unknown = await later.GetAsync("/dashboard/keys/none/rotate");
        await unknown.ExpectErrorAsync(HttpStatusCode.NotFound, "not_found");
    }

    [GeneratedRegex("skc_[0-9A-Za-z]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MachineId();

    [GeneratedRegex("lks_[0-9A-Za-z_-]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SecretOf();

    [GeneratedRegex("href=\"(?<path>[^\"]+/remove)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Remove();

    [GeneratedRegex("<li class=\"mute\">", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Entries();

    [GeneratedRegex("<td role=\"cell\" class=\"\"[^>]*><code>(?<id>[^<]+)</code>|<td role=\"cell\"[^>]*><code>(?<id>[^<]+)</code>",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KeyId();
}
