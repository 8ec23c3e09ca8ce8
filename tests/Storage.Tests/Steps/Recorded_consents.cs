using Latchkey.Server.Authorize;
using Latchkey.Server.Consent;
using Latchkey.Server.OAuth;
using Storage.Tests.Stores;

namespace Storage.Tests.Steps;

public sealed class A_decision_on_SQLite(OnSqlite store) : A_decision(store), IClassFixture<OnSqlite>;

public sealed class A_decision_on_PostgreSQL(OnPostgres store) : A_decision(store), IClassFixture<OnPostgres>;

/// <summary>What stays on record of it, and what "not you" begins.</summary>
public abstract class A_decision(Store store)
{
    [Fact]
    public async Task Is_recorded_for_the_person_the_client_and_the_resource_and_for_no_other()
    {
        var login = await new Login(store.Main).LeadToAsync(Stage.AwaitingConsent);
        Assert.Null(await FormerAsync(login));
        await AllowAsync(login, "read", Login.Decided);

        Assert.Equal(("read", Login.Decided), await FormerAsync(login));
        Assert.Equal(("read", Login.Decided), await FormerAsync(Again(login)));
        Assert.Null(await FormerAsync(Again(login), login.Visit with { ClientId = ClientId.New() }));
        Assert.Null(await FormerAsync(Again(login), login.Visit with { ResourceId = ResourceId.New() }));
        Assert.Null(await FormerAsync(Again(login), login.Visit with { ConnectionId = ConnectionId.New() }));
        Assert.Null(await FormerAsync(new Login(store.Main) { Visit = login.Visit, Subject = "Ada" }));
    }

    [Fact]
    public async Task Adds_to_what_was_allowed_before()
    {
        var first = await new Login(store.Main).LeadToAsync(Stage.AwaitingConsent);
        await AllowAsync(first, "read write", Login.Decided);
        var second = await Again(first).LeadToAsync(Stage.AwaitingConsent);
        await AllowAsync(second, "write share", Login.Decided.AddSeconds(1));

        Assert.Equal(("read write share", Login.Decided.AddSeconds(1)), await FormerAsync(second));
    }

    // Two tabs: each page knew what was on record before either was answered.
    [Fact]
    public async Task Keeps_what_another_login_of_the_same_person_was_allowed_meanwhile()
    {
        var first = await new Login(store.Main).LeadToAsync(Stage.AwaitingConsent);
        await AllowAsync(first, "read", Login.Decided);
        var tabs = new List<Login>();
        var formers = new List<FormerConsent?>();
        for (var i = 0; i < 8; i++)
        {
            var tab = await Again(first).LeadToAsync(Stage.AwaitingConsent);
            tabs.Add(tab);
            formers.Add(await tab.Consents.FormerAsync(AskedOf(tab), CancellationToken.None));
        }

        await Task.WhenAll(tabs.Select((tab, i) => Task.Run(() => AllowAsync(tab, $"scope{i}", Login.Decided.AddMilliseconds(i + 1), formers[i]))));
        var kept = await first.Consents.FormerAsync(AskedOf(first), CancellationToken.None);
        Assert.Equal(["read", .. Enumerable.Range(0, 8).Select(i => $"scope{i}")], kept!.Scope.Order(StringComparer.Ordinal));

        // Whoever reads it next writes it back in order.
        var next = await Again(first).LeadToAsync(Stage.AwaitingConsent);
        await AllowAsync(next, "read", Login.Decided.AddSeconds(5), kept);
        Assert.Equal(kept.Scope.ToString(), await StoredAsync(next));
    }

    [Fact]
    public async Task Sent_twice_in_the_same_millisecond_is_recorded_once()
    {
        var login = await new Login(store.Main).LeadToAsync(Stage.AwaitingConsent);
        Assert.True(await TryAllowAsync(login, "read", Login.Decided, former: null));
        Assert.False(await TryAllowAsync(login, "read", Login.Decided, former: null));

        Assert.Equal("read", await StoredAsync(login));
    }

    [Fact]
    public async Task Not_you_begins_one_new_visit_under_the_same_auth_request()
    {
        var login = await new Login(store.Main).LeadToAsync(Stage.AwaitingConsent);
        var successor = login.Visit with
        {
            Id = LoginRequestId.New(),
            ConnectionId = ConnectionId.New(),
            DeriveKey = "newer key",
            Request = login.Visit.Request with { Prompt = "login" },
            CreatedAt = Login.Decided,
            LoginBy = Login.Decided.AddMinutes(10),
        };
        Assert.True(await login.Consents.StartOverAsync(login.Visit, successor, CancellationToken.None));

        Assert.Equal(new AuthRequest.AwaitingLogin(successor), await login.AuthRequests.FindAsync(successor.Id, CancellationToken.None));
        Assert.Equal(new AuthRequest.AwaitingLogin(successor), await login.AuthRequests.FindAsync(login.Visit.AuthRequestId, CancellationToken.None));
        Assert.Equal(
            new AuthRequest.Ended(login.Visit, EndReason.NotYou, Answer: null, "ada", GrantId: null, Login.Decided),
            await login.AuthRequests.FindAsync(login.Visit.Id, CancellationToken.None));
        Assert.True(await new Login(store.Main) { Visit = successor, Subject = "bob" }.TakeAsync(Step.Report, Login.Decided.AddSeconds(1)));
        Assert.Equal(Stage.Ended, await login.StageAsync());
    }

    // Another node's clock is behind, or ours was set back: the second of two presses on "not you" must still find the visit that the first began.
    [Fact]
    public async Task Not_you_leads_to_the_visit_that_took_over_whatever_the_clocks_say()
    {
        var login = await new Login(store.Main).LeadToAsync(Stage.AwaitingConsent);
        var second = login.Visit with { Id = LoginRequestId.New(), CreatedAt = Login.Begun.AddSeconds(-5) };
        Assert.True(await login.Consents.StartOverAsync(login.Visit, second, CancellationToken.None));
        Assert.Equal(new AuthRequest.AwaitingLogin(second), await login.AuthRequests.FindAsync(login.Visit.AuthRequestId, CancellationToken.None));

        var again = new Login(store.Main) { Visit = second };
        Assert.True(await again.TakeAsync(Step.Report, Login.Reported) && await again.TakeAsync(Step.Return, Login.Returned));
        var third = login.Visit with { Id = LoginRequestId.New(), CreatedAt = Login.Begun.AddSeconds(-5) };
        Assert.True(await login.Consents.StartOverAsync(second, third, CancellationToken.None));
        Assert.Equal(new AuthRequest.AwaitingLogin(third), await login.AuthRequests.FindAsync(login.Visit.AuthRequestId, CancellationToken.None));
    }

    private Login Again(Login login) => new(store.Main)
    {
        Visit = login.Visit with { Id = LoginRequestId.New(), AuthRequestId = AuthRequestId.New() },
        Subject = login.Subject,
    };

    private static AuthRequest.AwaitingConsent AskedOf(Login login, LoginVisit? visit = null) =>
        new(visit ?? login.Visit, login.ReportOf(0), Login.Reported, Login.Returned, Login.Returned.AddMinutes(10));

    private static async Task<(string Scope, DateTimeOffset At)?> FormerAsync(Login login, LoginVisit? visit = null) =>
        await login.Consents.FormerAsync(AskedOf(login, visit), CancellationToken.None) is { } former ? (former.Scope.ToString(), former.GrantedAt) : null;

    private static async Task AllowAsync(Login login, string scope, DateTimeOffset at) =>
        Assert.True(await TryAllowAsync(login, scope, at, await login.Consents.FormerAsync(AskedOf(login), CancellationToken.None)));

    private static async Task AllowAsync(Login login, string scope, DateTimeOffset at, FormerConsent? former) => Assert.True(await TryAllowAsync(login, scope, at, former));

    private static Task<bool> TryAllowAsync(Login login, string scope, DateTimeOffset at, FormerConsent? former) =>
        login.Consents.AllowAsync(AskedOf(login).Allowed(Scope.Parse(scope), at, TimeSpan.FromMinutes(1)), former, ConsentId.New(), CancellationToken.None);

    private Task<string> StoredAsync(Login login) => store.Main.ReadAsync(
        "SELECT scope FROM consents WHERE connection_id = @connection",
        new() { { "connection", login.Visit.ConnectionId.Value } },
        static reader => reader.Read() ? reader.GetString(0) : "",
        CancellationToken.None);
}
