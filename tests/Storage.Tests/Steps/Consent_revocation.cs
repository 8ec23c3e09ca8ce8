using Latchkey.Server.Grants;
using Latchkey.Server.OAuth;
using Storage.Tests.Stores;

namespace Storage.Tests.Steps;

public sealed class Consent_revocation_on_SQLite(SqliteStore store) : Consent_revocation(store), IClassFixture<SqliteStore>;

public sealed class Consent_revocation_on_PostgreSQL(PostgresStore store) : Consent_revocation(store), IClassFixture<PostgresStore>;

public abstract class Consent_revocation(Store store)
{
    private const int Callers = 64;
    private static readonly DateTimeOffset Later = LoginScenario.Redeemed.AddSeconds(1);

    private readonly ConsentList consents = new(store.Main, AuditedStores.Of(store.Main));
    private readonly ConsentList otherNode = new(store.OtherNode, AuditedStores.Of(store.OtherNode));

    [Fact]
    public async Task A_consent_revoked_by_64_callers_ends_its_grant_once()
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.Exchanged);
        var consent = await OfAsync(login);

        var taken = await Task.WhenAll(Enumerable.Range(0, Callers).Select(i =>
            Task.Run(() => (i % 2 == 0 ? consents : otherNode).RevokeAsync(consent, AuditedStores.Tester, Later, CancellationToken.None))));
        var ended = Assert.Single(taken, t => t is not null)!;
        Assert.Equal(new EndedGrant(login.GrantId, login.Details.AuthorizationId), Assert.Single(ended));
        Assert.False((await login.Grants.FindAsync(login.GrantId, CancellationToken.None))!.IsLive);
        Assert.Null(await consents.FindAsync(consent.Id, CancellationToken.None));
    }

    /// <summary>In either order of revocation and redemption no live grant remains: the code is invalid, or its grant has ended.</summary>
    [Fact]
    public async Task A_revocation_during_the_redemption_of_the_code_leaves_no_live_grant()
    {
        for (var i = 0; i < 30; i++)
        {
            var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingExchange);
            var consent = await OfAsync(login);
            var (redeemed, revoked) = (Task.Run(() => login.TakeAsync(Step.Exchange, LoginScenario.Redeemed)),
                Task.Run(() => otherNode.RevokeAsync(consent, AuditedStores.Tester, Later, CancellationToken.None)));
            await Task.WhenAll(redeemed, revoked);

            Assert.NotNull(await revoked);
            var grant = await login.Grants.FindAsync(login.GrantId, CancellationToken.None);
            Assert.Equal(await redeemed, grant is not null);
            Assert.False(grant?.IsLive ?? false, "a grant outlived its consent");
            Assert.Equal(await redeemed ? Stage.Exchanged : Stage.Ended, await login.StageAsync());
        }
    }

    [Fact]
    public async Task A_revocation_affects_no_other_user_client_resource_or_connection()
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.Exchanged);
        var other = login.Details with { Id = LoginRequestId.New(), AuthorizationId = AuthorizationId.New() };
        LoginScenario[] others =
        [
            new(store.Main) { Details = other, Subject = "bob" },
            new(store.Main) { Details = LoginScenario.With(other, client: ClientId.New()) with { Id = LoginRequestId.New() } },
            new(store.Main) { Details = LoginScenario.With(other, resource: ResourceId.New()) with { Id = LoginRequestId.New() } },
            new(store.Main)
            {
                Details = LoginScenario.With(LoginScenario.NewDetails(ConnectionId.New()), other.ClientId, other.ResourceId)
            },
        ];
        foreach (var one in others)
        {
            await one.LeadToAsync(Stage.Exchanged);
        }

        Assert.Single((await consents.RevokeAsync(await OfAsync(login), AuditedStores.Tester, Later, CancellationToken.None))!);
        foreach (var one in others)
        {
            Assert.True((await one.Grants.FindAsync(one.GrantId, CancellationToken.None))!.IsLive);
            await OfAsync(one);
        }
    }

    [Fact]
    public async Task A_consent_is_listed_with_its_user_and_scopes()
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.Exchanged);
        var consent = await OfAsync(login);

        Assert.Equal(
            (login.Details.ConnectionId, login.Subject, login.Details.ClientId, login.Details.ResourceId),
            (consent.ConnectionId, consent.Subject, consent.ClientId, consent.ResourceId));
        Assert.Equal(
            (LoginScenario.ScopeOf(0).ToString(), LoginScenario.Decided, "ada@acme.example"),
            (consent.Scope.ToString(), consent.GrantedAt, consent.Email));
        var (total, listed) = await new GrantList(store.OtherNode, AuditedStores.Of(store.OtherNode)).FindAsync(
            new(login.Details.ResourceId, Client: null, Connection: null, Subject: null, Search: "ADA@"), areLive: true, Later, after: null,
            10, CancellationToken.None);
        Assert.Equal((1, login.GrantId), (total, Assert.Single(listed).Grant.Id));
    }

    private async Task<RecordedConsent> OfAsync(LoginScenario login)
    {
        var (total, found) = await otherNode.ListAsync(
            new(login.Details.ResourceId, login.Details.ClientId, login.Details.ConnectionId, login.Subject, Search: null), after: null, 10,
            CancellationToken.None);
        Assert.Equal(1, total);
        return Assert.Single(found);
    }
}
