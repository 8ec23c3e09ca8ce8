using Latchkey.Server.Consent;
using Latchkey.Server.OAuth;
using Latchkey.Server.Token;
using Storage.Tests.Stores;

namespace Storage.Tests.Steps;

public sealed class A_consent_taken_back_on_SQLite(OnSqlite store) : A_consent_taken_back(store), IClassFixture<OnSqlite>;

public sealed class A_consent_taken_back_on_PostgreSQL(OnPostgres store) : A_consent_taken_back(store), IClassFixture<OnPostgres>;

public abstract class A_consent_taken_back(Store store)
{
    private const int Callers = 64;
    private static readonly DateTimeOffset Later = Login.Redeemed.AddSeconds(1);

    private readonly GivenConsents consents = new(store.Main, Records.Of(store.Main));
    private readonly GivenConsents otherNode = new(store.OtherNode, Records.Of(store.OtherNode));

    [Fact]
    public async Task Ends_the_grant_once_however_many_take_it_back()
    {
        var login = await new Login(store.Main).LeadToAsync(Stage.Exchanged);
        var consent = await OfAsync(login);

        var taken = await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() => (i % 2 == 0 ? consents : otherNode).RevokeAsync(consent, Records.Tester, Later, CancellationToken.None))));
        var ended = Assert.Single(taken, t => t is not null)!;
        Assert.Equal(new EndedGrant(login.GrantId, login.Visit.AuthRequestId), Assert.Single(ended));
        Assert.False((await login.Grants.FindAsync(login.GrantId, CancellationToken.None))!.IsLive);
        Assert.Null(await consents.FindAsync(consent.Id, CancellationToken.None));
    }

    /// <summary>Whoever comes first, nothing that lives is left: either the code is dead, or the grant that came of it.</summary>
    [Fact]
    public async Task While_its_code_is_redeemed_leaves_no_grant_that_lives()
    {
        for (var i = 0; i < 30; i++)
        {
            var login = await new Login(store.Main).LeadToAsync(Stage.AwaitingExchange);
            var consent = await OfAsync(login);
            var (redeemed, revoked) = (Task.Run(() => login.TakeAsync(Step.Exchange, Login.Redeemed)), Task.Run(() => otherNode.RevokeAsync(consent, Records.Tester, Later, CancellationToken.None)));
            await Task.WhenAll(redeemed, revoked);

            Assert.NotNull(await revoked);
            var grant = await login.Grants.FindAsync(login.GrantId, CancellationToken.None);
            Assert.Equal(await redeemed, grant is not null);
            Assert.False(grant?.IsLive ?? false, "a grant outlived its consent");
            Assert.Equal(await redeemed ? Stage.Exchanged : Stage.Ended, await login.StageAsync());
        }
    }

    [Fact]
    public async Task Leaves_everybody_elses_as_they_are()
    {
        var login = await new Login(store.Main).LeadToAsync(Stage.Exchanged);
        var other = login.Visit with { Id = LoginRequestId.New(), AuthRequestId = AuthRequestId.New() };
        Login[] others =
        [
            new(store.Main) { Visit = other, Subject = "bob" },
            new(store.Main) { Visit = other with { Id = LoginRequestId.New(), ClientId = ClientId.New() } },
            new(store.Main) { Visit = other with { Id = LoginRequestId.New(), ResourceId = ResourceId.New() } },
            new(store.Main) { Visit = Login.NewVisit(ConnectionId.New()) with { ClientId = other.ClientId, ResourceId = other.ResourceId } },
        ];
        foreach (var one in others)
        {
            await one.LeadToAsync(Stage.Exchanged);
        }

        Assert.Single((await consents.RevokeAsync(await OfAsync(login), Records.Tester, Later, CancellationToken.None))!);
        foreach (var one in others)
        {
            Assert.True((await one.Grants.FindAsync(one.GrantId, CancellationToken.None))!.IsLive);
            await OfAsync(one);
        }
    }

    [Fact]
    public async Task Is_found_before_with_the_person_and_what_was_allowed()
    {
        var login = await new Login(store.Main).LeadToAsync(Stage.Exchanged);
        var consent = await OfAsync(login);

        Assert.Equal((login.Visit.ConnectionId, login.Subject, login.Visit.ClientId, login.Visit.ResourceId), (consent.ConnectionId, consent.Subject, consent.ClientId, consent.ResourceId));
        Assert.Equal((Login.ScopeOf(0).ToString(), Login.Decided, "ada@acme.example"), (consent.Scope.ToString(), consent.GrantedAt, consent.Email));
        var (total, listed) = await new GrantList(store.OtherNode, Records.Of(store.OtherNode)).FindAsync(new(login.Visit.ResourceId, Client: null, Connection: null, Subject: null, Search: "ADA@"), areLive: true, Later, after: null, 10, CancellationToken.None);
        Assert.Equal((1, login.GrantId), (total, Assert.Single(listed).Grant.Id));
    }

    private async Task<GivenConsent> OfAsync(Login login)
    {
        var (total, found) = await otherNode.ListAsync(new(login.Visit.ResourceId, login.Visit.ClientId, login.Visit.ConnectionId, login.Subject, Search: null), after: null, 10, CancellationToken.None);
        Assert.Equal(1, total);
        return Assert.Single(found);
    }
}
