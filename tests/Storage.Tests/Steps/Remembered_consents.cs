using Latchkey.Server.Consent;
using Latchkey.Server.Grants;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;
using Storage.Tests.Stores;

namespace Storage.Tests.Steps;

public sealed class Remembered_consents_on_SQLite(SqliteStore store) : Remembered_consents(store), IClassFixture<SqliteStore>;

public sealed class Remembered_consents_on_PostgreSQL(PostgresStore store) : Remembered_consents(store), IClassFixture<PostgresStore>;

/// <summary>A consent that is not asked again, and the steps that forget it at the same time.</summary>
public abstract class Remembered_consents(Store store)
{
    private static readonly DateTimeOffset Later = LoginScenario.Decided.AddSeconds(5);

    private readonly ConsentList otherNode = new(store.OtherNode, AuditedStores.Of(store.OtherNode));

    [Fact]
    public async Task A_remembered_consent_allows_once_and_only_as_it_is_stored()
    {
        var (first, next) = await RememberAsync();
        var former = (await next.Consents.FormerAsync(AskedOf(next), CancellationToken.None))!;

        Assert.Equal(Remembered, former.Remembered);
        Assert.False(await TryAsync(next, former.Id, Remembered with { Granted = "read write" }));
        Assert.False(await TryAsync(next, ConsentId.New(), Remembered));
        Assert.False(await TryAsync(next, former.Id, Remembered, OfAnotherClient(next.Details)));
        Assert.True(await TryAsync(next, former.Id, Remembered));
        Assert.False(await TryAsync(next, former.Id, Remembered));
        Assert.Equal(Stage.AwaitingExchange, await next.StageAsync());

        // Deny forgets, and so does an answer without the tick. An answer on a page that did not ask does not.
        Assert.NotNull((await FormerAsync(next)).Remembered);
        var denied = await Again(first).LeadToAsync(Stage.AwaitingConsent);
        Assert.True(await denied.Consents.DenyAsync(
            AskedOf(denied).Denied(Later) with { Answer = OAuthError.AccessDenied("no") }, CancellationToken.None));
        Assert.Null((await FormerAsync(next)).Remembered);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task An_answer_replaces_the_remembered_consent_only_where_the_page_asked(bool isAsked, bool isKept)
    {
        var (first, next) = await RememberAsync();
        Assert.True(await next.Consents.AllowAsync(
            AskedOf(next).Allowed(Scope.Parse("read"), TokenClaims.Default, Later, TimeSpan.FromMinutes(1)), await FormerAsync(next),
            ConsentId.New(), isAsked ? new RememberAnswer(null) : null, CancellationToken.None));

        Assert.Equal(isKept, (await FormerAsync(first)).Remembered is not null);
    }

    /// <summary>In either order no code outlives the consent: the page is asked, or the code ends with the consent.</summary>
    [Fact]
    public async Task A_revocation_while_the_page_is_skipped_leaves_no_code()
    {
        for (var i = 0; i < 30; i++)
        {
            var (_, next) = await RememberAsync();
            var consent = await FormerAsync(next);
            var listed = (await otherNode.FindAsync(consent.Id, CancellationToken.None))!;
            var (skipped, revoked) = (Task.Run(() => TryAsync(next, consent.Id, Remembered)),
                Task.Run(() => otherNode.RevokeAsync(listed, AuditedStores.Tester, Later, CancellationToken.None)));
            await Task.WhenAll(skipped, revoked);

            Assert.NotNull(await revoked);
            Assert.Equal(await skipped ? Stage.Ended : Stage.AwaitingConsent, await next.StageAsync());
        }
    }

    private static readonly RememberedConsent Remembered = new()
    {
        RedirectHost = "client.example",
        Offered = "read write",
        Granted = "read",
        Claims = "sub email",
        Organization = "acme",
        Told = "hash",
        At = LoginScenario.Decided,
    };

    /// <summary>A person who remembered a consent, and the same person's next sign-in up to the consent page.</summary>
    private async Task<(LoginScenario First, LoginScenario Next)> RememberAsync()
    {
        var first = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingConsent);
        Assert.True(await first.Consents.AllowAsync(
            AskedOf(first).Allowed(Scope.Parse("read"), TokenClaims.Default, LoginScenario.Decided, TimeSpan.FromMinutes(1)), former: null,
            ConsentId.New(), new RememberAnswer(Remembered), CancellationToken.None));
        return (first, await Again(first).LeadToAsync(Stage.AwaitingConsent));
    }

    private static async Task<FormerConsent> FormerAsync(LoginScenario login) =>
        (await login.Consents.FormerAsync(AskedOf(login), CancellationToken.None))!;

    private static Task<bool> TryAsync(
        LoginScenario login, ConsentId consent, RememberedConsent remembered, LoginRequestDetails? details = null) =>
        login.Consents.AllowRememberedAsync(
            AskedOf(login, details).Allowed(Scope.Parse("read"), TokenClaims.Default, Later, TimeSpan.FromMinutes(1)), consent, remembered,
            CancellationToken.None);

    private LoginScenario Again(LoginScenario login) => new(store.Main)
    {
        Details = login.Details with { Id = LoginRequestId.New(), AuthorizationId = AuthorizationId.New() },
        Subject = login.Subject,
    };

    private static LoginRequest.AwaitingConsent AskedOf(LoginScenario login, LoginRequestDetails? details = null) =>
        new(
            details ?? login.Details, login.ReportOf(0), LoginScenario.Reported, LoginScenario.Returned,
            LoginScenario.Returned.AddMinutes(10));

    private static LoginRequestDetails OfAnotherClient(LoginRequestDetails details) => details with
    {
        Purpose = (LoginPurpose.Authorization)details.Purpose with { ClientId = ClientId.New() },
    };
}
