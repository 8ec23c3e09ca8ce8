using Latchkey.Server.Consent;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;
using Storage.Tests.Stores;

namespace Storage.Tests.Steps;

public sealed class Recorded_consents_on_SQLite(SqliteStore store) : Recorded_consents(store), IClassFixture<SqliteStore>;

public sealed class Recorded_consents_on_PostgreSQL(PostgresStore store) : Recorded_consents(store), IClassFixture<PostgresStore>;

/// <summary>The stored consents, and the login request that "not you" begins.</summary>
public abstract class Recorded_consents(Store store)
{
    [Fact]
    public async Task A_consent_is_recorded_per_user_client_and_resource()
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingConsent);
        Assert.Null(await FormerAsync(login));
        await AllowAsync(login, "read", LoginScenario.Decided);

        Assert.Equal(("read", LoginScenario.Decided), await FormerAsync(login));
        Assert.Equal(("read", LoginScenario.Decided), await FormerAsync(Again(login)));
        Assert.Null(await FormerAsync(Again(login), LoginScenario.With(login.Details, client: ClientId.New())));
        Assert.Null(await FormerAsync(Again(login), LoginScenario.With(login.Details, resource: ResourceId.New())));
        Assert.Null(await FormerAsync(Again(login), login.Details with { ConnectionId = ConnectionId.New() }));
        Assert.Null(await FormerAsync(new LoginScenario(store.Main) { Details = login.Details, Subject = "Ada" }));
    }

    [Fact]
    public async Task A_later_consent_adds_its_scopes()
    {
        var first = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingConsent);
        await AllowAsync(first, "read write", LoginScenario.Decided);
        var second = await Again(first).LeadToAsync(Stage.AwaitingConsent);
        await AllowAsync(second, "write share", LoginScenario.Decided.AddSeconds(1));

        Assert.Equal(("read write share", LoginScenario.Decided.AddSeconds(1)), await FormerAsync(second));
    }

    // Several tabs: each page was loaded before the first decision.
    [Fact]
    public async Task Concurrent_consents_of_the_same_user_are_merged()
    {
        var first = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingConsent);
        await AllowAsync(first, "read", LoginScenario.Decided);
        var tabs = new List<LoginScenario>();
        var formers = new List<FormerConsent?>();
        for (var i = 0; i < 8; i++)
        {
            var tab = await Again(first).LeadToAsync(Stage.AwaitingConsent);
            tabs.Add(tab);
            formers.Add(await tab.Consents.FormerAsync(AskedOf(tab), CancellationToken.None));
        }

        await Task.WhenAll(tabs.Select(
            (tab, i) => Task.Run(() => AllowAsync(tab, $"scope{i}", LoginScenario.Decided.AddMilliseconds(i + 1), formers[i]))));
        var kept = await first.Consents.FormerAsync(AskedOf(first), CancellationToken.None);
        Assert.Equal(["read", .. Enumerable.Range(0, 8).Select(i => $"scope{i}")], kept!.Scope.Order(StringComparer.Ordinal));

        // The next consent writes the scopes in order.
        var next = await Again(first).LeadToAsync(Stage.AwaitingConsent);
        await AllowAsync(next, "read", LoginScenario.Decided.AddSeconds(5), kept);
        Assert.Equal(kept.Scope.ToString(), await StoredAsync(next));
    }

    [Fact]
    public async Task A_decision_sent_twice_in_the_same_millisecond_is_recorded_once()
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingConsent);
        Assert.True(await TryAllowAsync(login, "read", LoginScenario.Decided, former: null));
        Assert.False(await TryAllowAsync(login, "read", LoginScenario.Decided, former: null));

        Assert.Equal("read", await StoredAsync(login));
    }

    [Fact]
    public async Task Not_you_begins_a_login_request_of_the_same_authorization()
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingConsent);
        var successor = LoginScenario.With(login.Details, request: login.Details.Request with { Prompt = "login" }) with
        {
            Id = LoginRequestId.New(),
            ConnectionId = ConnectionId.New(),
            DeriveKey = "newer key",
            CreatedAt = LoginScenario.Decided,
            LoginBy = LoginScenario.Decided.AddMinutes(10),
        };
        Assert.True(await login.Consents.StartOverAsync(login.Details, successor, CancellationToken.None));

        Assert.Equal(new LoginRequest.AwaitingLogin(successor), await login.AuthRequests.FindAsync(successor.Id, CancellationToken.None));
        Assert.Equal(
            new LoginRequest.AwaitingLogin(successor),
            await login.AuthRequests.FindAsync(login.Details.AuthorizationId, CancellationToken.None));
        Assert.Equal(
            new LoginRequest.Ended(login.Details, EndReason.NotYou, Answer: null, "ada", GrantId: null, LoginScenario.Decided),
            await login.AuthRequests.FindAsync(login.Details.Id, CancellationToken.None));
        Assert.True(await new LoginScenario(store.Main) { Details = successor, Subject = "bob" }
            .TakeAsync(Step.Report, LoginScenario.Decided.AddSeconds(1)));
        Assert.Equal(Stage.Ended, await login.StageAsync());
    }

    // With a clock that is behind at another node, the second of two clicks on "not you" must still find the login
    // request that the first one began.
    [Fact]
    public async Task The_successor_of_not_you_is_found_despite_clock_differences()
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingConsent);
        var second = login.Details with { Id = LoginRequestId.New(), CreatedAt = LoginScenario.Begun.AddSeconds(-5) };
        Assert.True(await login.Consents.StartOverAsync(login.Details, second, CancellationToken.None));
        Assert.Equal(
            new LoginRequest.AwaitingLogin(second),
            await login.AuthRequests.FindAsync(login.Details.AuthorizationId, CancellationToken.None));

        var again = new LoginScenario(store.Main) { Details = second };
        Assert.True(
            await again.TakeAsync(Step.Report, LoginScenario.Reported) && await again.TakeAsync(Step.Return, LoginScenario.Returned));
        var third = login.Details with { Id = LoginRequestId.New(), CreatedAt = LoginScenario.Begun.AddSeconds(-5) };
        Assert.True(await login.Consents.StartOverAsync(second, third, CancellationToken.None));
        Assert.Equal(
            new LoginRequest.AwaitingLogin(third),
            await login.AuthRequests.FindAsync(login.Details.AuthorizationId, CancellationToken.None));
    }

    private LoginScenario Again(LoginScenario login) => new(store.Main)
    {
        Details = login.Details with { Id = LoginRequestId.New(), AuthorizationId = AuthorizationId.New() },
        Subject = login.Subject,
    };

    private static LoginRequest.AwaitingConsent AskedOf(LoginScenario login, LoginRequestDetails? details = null) =>
        new(
            details ?? login.Details, login.ReportOf(0), LoginScenario.Reported, LoginScenario.Returned,
            LoginScenario.Returned.AddMinutes(10));

    private static async Task<(string Scope, DateTimeOffset At)?> FormerAsync(LoginScenario login, LoginRequestDetails? details = null) =>
        await login.Consents.FormerAsync(AskedOf(login, details), CancellationToken.None) is { } former
            ? (former.Scope.ToString(), former.GrantedAt)
            : null;

    private static async Task AllowAsync(LoginScenario login, string scope, DateTimeOffset at) =>
        Assert.True(await TryAllowAsync(login, scope, at, await login.Consents.FormerAsync(AskedOf(login), CancellationToken.None)));

    private static async Task AllowAsync(LoginScenario login, string scope, DateTimeOffset at, FormerConsent? former) =>
        Assert.True(await TryAllowAsync(login, scope, at, former));

    private static Task<bool> TryAllowAsync(LoginScenario login, string scope, DateTimeOffset at, FormerConsent? former) =>
        login.Consents.AllowAsync(
            AskedOf(login).Allowed(Scope.Parse(scope), TokenClaims.Default, at, TimeSpan.FromMinutes(1)), former, ConsentId.New(),
            answer: null, CancellationToken.None);

    private Task<string> StoredAsync(LoginScenario login) => store.Main.ReadAsync(
        "SELECT scope FROM consents WHERE connection_id = @connection",
        new() { { "connection", login.Details.ConnectionId.Value } },
        static reader => reader.Read() ? reader.GetString(0) : "",
        CancellationToken.None);
}
