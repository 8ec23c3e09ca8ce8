using System.Net;
using System.Text.RegularExpressions;
using Latchkey.Server.Operators;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>Invitations, roles and removal by owners, on both databases.</summary>
public abstract partial class Administration_of_operators(LatchkeyHost host)
{
    private const string ListPath = "/dashboard/settings/operators";

    private OperatorStore Operators => host.Services.GetRequiredService<OperatorStore>();

    [Fact]
    public async Task An_owner_invites_an_operator_with_a_link_that_is_shown_once()
    {
        using var owner = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        using var invited = await owner.PostAsync(
            ListPath + "/invite", ListPath + "/invite", ("email", "Colleague@Acme.example"), ("role", "admin"));
        var html = await invited.Content.ReadAsStringAsync();
        var link = Link().Match(html).Value;
        Assert.StartsWith(host.BaseUrl, link, StringComparison.Ordinal);
        Assert.Contains("colleague@acme.example", await owner.OpenAsync(ListPath), StringComparison.Ordinal);

        using var browser = new Browser(host);
        using var used = await browser.PostAsync(
            link[host.BaseUrl.Length..], ("name", "Colleague"), ("password", DashboardForms.Password));
        used.ExpectRedirect("/dashboard/me/welcome");
        using var taken = await owner.PostAsync(
            ListPath + "/invite", ListPath + "/invite", ("email", "colleague@acme.example"), ("role", "admin"));
        await taken.ExpectErrorAsync(HttpStatusCode.Conflict, "email_taken");
    }

    [Fact]
    public async Task A_withdrawn_invitation_does_not_work()
    {
        using var owner = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        using var invited = await owner.PostAsync(
            ListPath + "/invite", ListPath + "/invite", ("email", "late@acme.example"), ("role", "viewer"));
        var link = Link().Match(await invited.Content.ReadAsStringAsync()).Value;
        var withdraw = Withdraw().Match(await owner.OpenAsync(ListPath)).Value;
        using var withdrawn = await owner.PostAsync(withdraw, withdraw);
        withdrawn.ExpectRedirect(ListPath);
        using var browser = new Browser(host);
        using var page = await browser.GetAsync(link[host.BaseUrl.Length..]);
        await page.ExpectErrorAsync(HttpStatusCode.Gone, "link_gone");
    }

    [Fact]
    public async Task A_role_counts_at_the_next_request_and_a_removed_operator_is_signed_out()
    {
        using var owner = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        var role = $"{ListPath}/{admin.Operator.Id}/role";
        await admin.OpenAsync(ListPath + "/invite");
        using var demoted = await owner.PostAsync(role, role, ("role", "viewer"));
        demoted.ExpectRedirect(ListPath);
        using var refused = await admin.GetAsync(ListPath + "/invite");
        await refused.ExpectErrorAsync(HttpStatusCode.Forbidden, "forbidden");

        var remove = $"{ListPath}/{admin.Operator.Id}/remove";
        using var removed = await owner.PostAsync(remove, remove);
        removed.ExpectRedirect(ListPath);
        using var signedOut = await admin.GetAsync("/dashboard/me");
        Assert.Equal(HttpStatusCode.Redirect, signedOut.StatusCode);
        using var replayed = await owner.GetAsync(remove);
        await replayed.ExpectErrorAsync(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Of_two_last_owners_who_demote_each_other_at_once_one_stays()
    {
        using var first = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        using var second = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        foreach (var other in (await Operators.AllAsync(default)).Where(o => o.Id != first.Operator.Id && o.Id != second.Operator.Id))
        {
            await Operators.RemoveAsync(other, first.Operator.Actor, TimeProvider.System.GetUtcNow(), default);
        }

        var now = host.Clock.GetUtcNow();
        var demotions = await Task.WhenAll(
            Operators.SetRoleAsync(second.Operator, OperatorRole.Viewer, first.Operator.Actor, now, default),
            Operators.SetRoleAsync(first.Operator, OperatorRole.Viewer, second.Operator.Actor, now, default));
        Assert.Single(demotions, done => done);
        var owner = Assert.Single(await Operators.AllAsync(default), o => o.Role == OperatorRole.Owner);

        var user = owner.Id == first.Operator.Id ? first : second;
        var role = $"{ListPath}/{owner.Id}/role";
        using var demoted = await user.PostAsync(role, role, ("role", "admin"));
        await demoted.ExpectErrorAsync(HttpStatusCode.Conflict, "last_owner");
        var remove = $"{ListPath}/{owner.Id}/remove";
        using var removed = await user.PostAsync(remove, remove);
        await removed.ExpectErrorAsync(HttpStatusCode.Conflict, "last_owner");
        Assert.False(await Operators.RemoveAsync(owner, owner.Actor, TimeProvider.System.GetUtcNow(), default));
    }

    [Fact]
    public async Task Actions_of_owners_need_a_password_or_passkey_of_the_last_ten_minutes()
    {
        using var owner = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        var token = DashboardUser.TokenOf(await owner.OpenAsync(ListPath + "/invite"), ListPath + "/invite");
        host.Clock.Advance(OperatorSession.ConfirmationLifetime);
        using var page = await owner.GetAsync(ListPath + "/invite");
        page.ExpectRedirect("/dashboard/me/confirm?next=%2Fdashboard%2Fsettings%2Foperators%2Finvite");
        using var posted = await owner.SendAsync(ListPath + "/invite", token, ("email", "x@acme.example"), ("role", "owner"));
        posted.ExpectRedirect("/dashboard/me/confirm?next=%2Fdashboard%2Fsettings%2Foperators%2Finvite");
    }

    [Fact]
    public async Task Every_change_is_in_the_audit_log_with_its_operator()
    {
        using var owner = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        var other = await DashboardUser.AddOperatorAsync(host, OperatorRole.Viewer);
        var role = $"{ListPath}/{other.Id}/role";
        using var promoted = await owner.PostAsync(role, role, ("role", "admin"));
        var remove = $"{ListPath}/{other.Id}/remove";
        using var removed = await owner.PostAsync(remove, remove);
        var entries = await host.Services.GetRequiredService<Server.Audit.AuditLog>().NewestAsync(
            long.MaxValue, 10, other.Id.Value, owner.Operator.Id.Value, default);
        Assert.Equal(["operator.removed", "operator.role_changed"], entries.Select(entry => entry.Action));
        Assert.Contains("\"from\":\"viewer\",\"to\":\"admin\"", entries[1].Detail, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"http[^""<\s]+/dashboard/set-up/lku_[\w-]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex(
        "/dashboard/settings/operators/invites/opi_[0-9A-Za-z]+/withdraw", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Withdraw();
}

public sealed class Administration_of_operators_on_SQLite(OnSqlite host) : Administration_of_operators(host), IClassFixture<OnSqlite>;

public sealed class Administration_of_operators_on_PostgreSQL(OnPostgres host)
    : Administration_of_operators(host), IClassFixture<OnPostgres>;
