using System.Net;
using Latchkey.Server.OAuth;
using Latchkey.Server.Operators;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>The links that create an operator or set a new password, on both databases.</summary>
public abstract class Set_up_links_and_invitations(LatchkeyHost host)
{
    private OperatorInviteStore Invites => host.Services.GetRequiredService<OperatorInviteStore>();

    private OperatorStore Operators => host.Services.GetRequiredService<OperatorStore>();

    [Fact]
    public async Task A_link_is_used_by_the_form_post_and_not_by_opening_it()
    {
        var (token, email) = await InviteAsync(OperatorRole.Admin);
        using var browser = new Browser(host);
        for (var opened = 0; opened < 3; opened++)
        {
            using var page = await browser.GetAsync(PathOf(token));
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        }

        using var used = await UseAsync(browser, token);
        used.ExpectRedirect("/dashboard/me/welcome");
        var known = await Operators.FindByEmailAsync(email, default);
        Assert.Equal(OperatorRole.Admin, known!.Role);
        using var welcome = await browser.GetAsync("/dashboard/me/welcome");
        Assert.Equal(HttpStatusCode.OK, welcome.StatusCode);

        using var again = await browser.GetAsync(PathOf(token));
        await again.ExpectErrorAsync(HttpStatusCode.Gone, "link_gone");
        using var replayed = await UseAsync(browser, token);
        await replayed.ExpectErrorAsync(HttpStatusCode.Gone, "link_gone");
    }

    [Fact]
    public async Task Of_concurrent_uses_of_one_link_one_creates_the_operator()
    {
        var (token, _) = await InviteAsync(OperatorRole.Viewer);
        var before = await Operators.CountAsync(default);
        using var browser = new Browser(host);
        var responses = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => UseAsync(browser, token)));
        Assert.Single(responses, response => response.StatusCode == HttpStatusCode.SeeOther);
        Assert.Equal(before + 1, await Operators.CountAsync(default));
    }

    [Fact]
    public async Task A_link_expires_after_24_hours()
    {
        var (token, _) = await InviteAsync(OperatorRole.Viewer);
        host.Clock.Advance(OperatorInvite.Lifetime);
        using var browser = new Browser(host);
        using var late = await UseAsync(browser, token);
        await late.ExpectErrorAsync(HttpStatusCode.Gone, "link_gone");
    }

    [Fact]
    public async Task What_is_wrong_with_the_form_is_said_at_once_and_the_link_stays_valid()
    {
        var (token, _) = await InviteAsync(OperatorRole.Viewer);
        using var browser = new Browser(host);
        using var wrong = await browser.PostAsync(PathOf(token), ("name", " "), ("password", "short"));
        await wrong.ExpectErrorAsync(HttpStatusCode.BadRequest, "invalid_name");
        Assert.Contains("Use at least 12 characters.", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var right = await UseAsync(browser, token);
        right.ExpectRedirect("/dashboard/me/welcome");
    }

    [Fact]
    public async Task The_e_mail_address_of_an_invitation_cannot_be_replaced()
    {
        var (token, email) = await InviteAsync(OperatorRole.Viewer);
        using var browser = new Browser(host);
        using var used = await browser.PostAsync(
            PathOf(token), ("email", "mallory@evil.example"), ("name", "Mallory"), ("password", DashboardForms.Password),
            ("role", "owner"));
        used.ExpectRedirect("/dashboard/me/welcome");
        Assert.Null(await Operators.FindByEmailAsync("mallory@evil.example", default));
        Assert.Equal(OperatorRole.Viewer, (await Operators.FindByEmailAsync(email, default))!.Role);
    }

    [Fact]
    public async Task A_set_up_link_is_void_as_soon_as_there_is_an_operator()
    {
        await DashboardUser.AddOperatorAsync(host, OperatorRole.Owner);
        var token = Secret.New(Secret.OperatorInvitePrefix);
        Assert.False(await Invites.AddAsync(NewInvite(InviteKind.SetUp, null, OperatorRole.Owner), token, Actor, default));
        using var browser = new Browser(host);
        using var response = await UseAsync(browser, token);
        await response.ExpectErrorAsync(HttpStatusCode.Gone, "link_gone");
    }

    [Fact]
    public async Task A_recovery_link_sets_a_password_and_ends_every_session()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        var token = Secret.New(Secret.OperatorInvitePrefix);
        await Invites.AddAsync(
            NewInvite(InviteKind.Recover, user.Operator.Email, OperatorRole.Owner) with { OperatorId = user.Operator.Id }, token, Actor,
            default);
        using var browser = new Browser(host);
        using var used = await browser.PostAsync(PathOf(token), ("password", DashboardForms.Password));
        used.ExpectRedirect("/dashboard/me/welcome");
        using var ended = await user.GetAsync("/dashboard/me");
        Assert.Equal(HttpStatusCode.Redirect, ended.StatusCode);
        using var other = new Browser(host);
        using var signedIn = await other.SignInAsync(user.Operator.Email, DashboardForms.Password);
        signedIn.ExpectRedirect("/dashboard");
        using var replayed = await browser.PostAsync(PathOf(token), ("password", "yet another password"));
        await replayed.ExpectErrorAsync(HttpStatusCode.Gone, "link_gone");
    }

    private static readonly Actor Actor = new Actor.Machine("test");

    private static string PathOf(Secret token) => "/dashboard/set-up/" + token.Value;

    private static Task<HttpResponseMessage> UseAsync(Browser browser, Secret token) =>
        browser.PostAsync(PathOf(token), ("email", "first@acme.example"), ("name", "Grace Hopper"), ("password", DashboardForms.Password));

    private async Task<(Secret Token, string Email)> InviteAsync(OperatorRole role)
    {
        var token = Secret.New(Secret.OperatorInvitePrefix);
        var invite = NewInvite(InviteKind.Invite, $"{OperatorId.New().Value.ToLowerInvariant()}@acme.example", role);
        Assert.True(await Invites.AddAsync(invite, token, Actor, default));
        return (token, invite.Email!);
    }

    private OperatorInvite NewInvite(InviteKind kind, string? email, OperatorRole role) => new()
    {
        Id = OperatorInviteId.New(),
        Kind = kind,
        Email = email,
        Role = role,
        CreatedAt = host.Clock.GetUtcNow(),
    };
}

public sealed class Set_up_links_and_invitations_on_SQLite(OnSqlite host) : Set_up_links_and_invitations(host), IClassFixture<OnSqlite>;

public sealed class Set_up_links_and_invitations_on_PostgreSQL(OnPostgres host)
    : Set_up_links_and_invitations(host), IClassFixture<OnPostgres>;
