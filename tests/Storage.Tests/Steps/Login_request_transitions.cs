using Latchkey.Server.LoginRequests;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Steps;

public sealed class Login_request_transitions_on_SQLite(SqliteStore store) : Login_request_transitions(store), IClassFixture<SqliteStore>;

public sealed class Login_request_transitions_on_PostgreSQL(PostgresStore store)
    : Login_request_transitions(store), IClassFixture<PostgresStore>;

public abstract class Login_request_transitions(Store store)
{
    private const int Callers = 64;

    /// <summary>The stages in which each step is accepted, and the stage after it.</summary>
    private static readonly Dictionary<Step, (Stage[] From, Stage To)> Ways = new()
    {
        [Step.Report] = ([Stage.AwaitingLogin], Stage.AwaitingReturn),
        [Step.Refuse] = ([Stage.AwaitingLogin], Stage.Refused),
        [Step.Return] = ([Stage.AwaitingReturn], Stage.AwaitingConsent),
        [Step.Burn] = ([Stage.AwaitingLogin, Stage.AwaitingReturn, Stage.Refused, Stage.AwaitingConsent], Stage.Ended),
        [Step.BurnWithGrant] = (
            [Stage.AwaitingLogin, Stage.AwaitingReturn, Stage.Refused, Stage.AwaitingConsent, Stage.AwaitingExchange, Stage.Exchanged],
            Stage.Ended),
        [Step.Allow] = ([Stage.AwaitingConsent], Stage.AwaitingExchange),
        [Step.Deny] = ([Stage.AwaitingConsent], Stage.Ended),
        [Step.StartOver] = ([Stage.AwaitingConsent], Stage.Ended),
        [Step.Exchange] = ([Stage.AwaitingExchange], Stage.Exchanged),
    };

    public static TheoryData<Step, Stage> EachStepInEachStage =>
        [.. from step in Enum.GetValues<Step>() from stage in Enum.GetValues<Stage>() select (step, stage)];

    public static TheoryData<Step> EachStep => [.. Enum.GetValues<Step>()];

    public static TheoryData<Step> EachStepWithADeadline =>
        [.. Enum.GetValues<Step>().Where(step => LoginScenario.DeadlineOf(step) is not null)];

    [Theory]
    [MemberData(nameof(EachStepInEachStage))]
    public async Task A_step_is_accepted_in_its_stages_and_changes_nothing_in_the_others(Step step, Stage stage)
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(stage);
        var before = await login.EverythingAsync();
        var (from, to) = Ways[step];

        var taken = await login.TakeAsync(step, LoginScenario.MomentOf(step), caller: 1);
        Assert.Equal(from.Contains(stage), taken);
        Assert.Equal(taken ? to : stage, await login.StageAsync());
        if (!taken)
        {
            Assert.Equal(before, await login.EverythingAsync());
        }
    }

    [Theory]
    [MemberData(nameof(EachStep))]
    public async Task A_step_for_an_unknown_id_changes_nothing(Step step)
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Ways[step].From[^1]);
        var before = await login.EverythingAsync();

        Assert.False(
            await login.TakeAsync(step, LoginScenario.MomentOf(step), caller: 1, login.Details with { Id = LoginRequestId.New() }));
        Assert.Equal(before, await login.EverythingAsync());
    }

    [Theory]
    [MemberData(nameof(EachStep))]
    public async Task A_step_for_another_connection_changes_nothing(Step step)
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Ways[step].From[^1]);
        var other = await new LoginScenario(store.Main).LeadToAsync(Ways[step].From[^1]);
        var (here, there) = (await login.EverythingAsync(), await other.EverythingAsync());

        Assert.False(await login.TakeAsync(
            step, LoginScenario.MomentOf(step), caller: 1, login.Details with { ConnectionId = other.Details.ConnectionId }));
        Assert.Equal(here, await login.EverythingAsync());
        Assert.Equal(there, await other.EverythingAsync());
    }

    [Theory]
    [MemberData(nameof(EachStepWithADeadline))]
    public async Task A_step_is_refused_from_its_deadline_on(Step step)
    {
        var deadline = LoginScenario.DeadlineOf(step)!.Value;
        foreach (var late in (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1)])
        {
            var login = await new LoginScenario(store.Main).LeadToAsync(Ways[step].From[0]);
            var before = await login.EverythingAsync();

            Assert.False(await login.TakeAsync(step, deadline + late));
            Assert.Equal(before, await login.EverythingAsync());
            Assert.True(await login.TakeAsync(step, deadline - TimeSpan.FromMilliseconds(1)));
        }
    }

    [Theory]
    [MemberData(nameof(EachStep))]
    public async Task A_step_by_64_callers_at_two_nodes_succeeds_once_and_stores_only_the_winners_values(Step step)
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Ways[step].From[^1]);
        LoginScenario[] nodes = [login, login.At(store.OtherNode)];
        var moment = LoginScenario.MomentOf(step);

        var taken = await Task.WhenAll(
            Enumerable.Range(1, Callers).Select(i => Task.Run(() => nodes[i % 2].TakeAsync(step, moment.AddMilliseconds(i), i))));
        var winner = Assert.Single(taken.Index(), t => t.Item).Index + 1;
        Assert.Equal(Ways[step].To, await login.StageAsync());
        var everything = await login.EverythingAsync();
        Assert.Contains($"={moment.AddMilliseconds(winner).ToUnixTimeMilliseconds()}", everything, StringComparison.Ordinal);
        foreach (var loser in Enumerable.Range(1, Callers).Where(i => i != winner))
        {
            Assert.DoesNotContain($"={moment.AddMilliseconds(loser).ToUnixTimeMilliseconds()}", everything, StringComparison.Ordinal);
            Assert.DoesNotContain(LoginScenario.NameOf(loser), everything, StringComparison.Ordinal);
        }
    }

    // A double click or a backend's retry can arrive within the same millisecond.
    [Theory]
    [MemberData(nameof(EachStep))]
    public async Task A_step_repeated_in_the_same_millisecond_changes_nothing(Step step)
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Ways[step].From[^1]);
        var moment = LoginScenario.MomentOf(step);
        Assert.True(await login.TakeAsync(step, moment, caller: 1));
        var before = await login.EverythingAsync();

        Assert.False(await login.TakeAsync(step, moment, caller: 2));
        Assert.Equal(before, await login.EverythingAsync());
    }

    [Fact]
    public async Task Of_concurrent_decisions_one_succeeds()
    {
        Step[] decisions = [Step.Allow, Step.Deny, Step.StartOver, Step.Burn];
        for (var round = 0; round < 4; round++)
        {
            var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingConsent);
            LoginScenario[] nodes = [login, login.At(store.OtherNode)];

            var taken = await Task.WhenAll(Enumerable.Range(1, Callers)
                .Select(i => Task.Run(() => nodes[i / 4 % 2].TakeAsync(decisions[i % 4], LoginScenario.Decided, i))));
            var winner = Assert.Single(taken.Index(), t => t.Item).Index + 1;
            Assert.Equal(Ways[decisions[winner % 4]].To, await login.StageAsync());
        }
    }

    [Fact]
    public async Task Each_stage_is_read_as_it_was_written()
    {
        var login = new LoginScenario(store.Main);
        var details = login.Details;
        await login.AuthRequests.BeginAsync(new(details), pushed: null, CancellationToken.None);
        Assert.Equal(new LoginRequest.AwaitingLogin(details), await FoundAsync(login));

        await login.TakeAsync(Step.Report, LoginScenario.Reported);
        var waiting = Assert.IsType<LoginRequest.AwaitingReturn>(await FoundAsync(login));
        Assert.Equal(
            (details, login.ReportOf(0), LoginScenario.Reported, LoginScenario.Reported.AddMinutes(2)),
            (waiting.Details, waiting.Report, waiting.ReportedAt, waiting.ReturnBy));

        await login.TakeAsync(Step.Return, LoginScenario.Returned);
        var asked = Assert.IsType<LoginRequest.AwaitingConsent>(await FoundAsync(login));
        Assert.Equal(
            (details, login.ReportOf(0), LoginScenario.Reported, LoginScenario.Returned, LoginScenario.Returned.AddMinutes(10)),
            (asked.Details, asked.Report, asked.ReportedAt, asked.ReturnedAt, asked.ConsentBy));

        await login.TakeAsync(Step.Allow, LoginScenario.Decided);
        var allowed = Assert.IsType<LoginRequest.AwaitingExchange>(await FoundAsync(login));
        Assert.Equal(
            (details, login.ReportOf(0), LoginScenario.Reported, LoginScenario.ScopeOf(0).ToString(), LoginScenario.Decided,
                LoginScenario.Decided.AddMinutes(1)),
            (allowed.Details, allowed.Report, allowed.ReportedAt, allowed.Scope.ToString(), allowed.DecidedAt, allowed.CodeBy));

        await login.TakeAsync(Step.Exchange, LoginScenario.Redeemed);
        var exchanged = Assert.IsType<LoginRequest.Exchanged>(await FoundAsync(login));
        Assert.Equal(
            (details, login.ReportOf(0), LoginScenario.ScopeOf(0).ToString(), login.GrantId, LoginScenario.Redeemed),
            (exchanged.Details, exchanged.Report, exchanged.Scope.ToString(), exchanged.Grant, exchanged.ExchangedAt));
    }

    [Fact]
    public async Task An_ended_login_request_keeps_its_reason_and_the_clients_error()
    {
        var refused = await new LoginScenario(store.Main).LeadToAsync(Stage.Refused);
        Assert.Equal(
            new LoginRequest.Refused(refused.Details, OAuthError.AccessDenied(LoginScenario.NameOf(0)), LoginScenario.Reported),
            await FoundAsync(refused));

        var denied = await new LoginScenario(store.Main).LeadToAsync(Stage.Ended);
        Assert.Equal(
            new LoginRequest.Ended(
                denied.Details, EndReason.Denied, OAuthError.AccessDenied(LoginScenario.NameOf(0)), "ada", GrantId: null,
                LoginScenario.Decided),
            await FoundAsync(denied));

        // A burnt login request no longer has an error for the client.
        foreach (var stage in (Stage[])[Stage.AwaitingLogin, Stage.Refused])
        {
            var burnt = await new LoginScenario(store.Main).LeadToAsync(stage);
            await burnt.TakeAsync(Step.Burn, LoginScenario.Decided);
            Assert.Equal(
                new LoginRequest.Ended(
                    burnt.Details, EndReason.ProofMissing, Answer: null, Subject: null, GrantId: null, LoginScenario.Decided),
                await FoundAsync(burnt));
        }
    }

    [Fact]
    public async Task A_login_request_id_cannot_be_used_twice()
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingReturn);
        var before = await login.EverythingAsync();

        await Assert.ThrowsAsync<UniqueViolation>(
            () => login.AuthRequests.BeginAsync(new(login.Details), pushed: null, CancellationToken.None));
        Assert.Equal(before, await login.EverythingAsync());
    }

    [Fact]
    public async Task An_unknown_login_request_is_not_found()
    {
        var login = new LoginScenario(store.Main);

        Assert.Null(await login.AuthRequests.FindAsync(login.Details.Id, CancellationToken.None));
        Assert.Null(await login.AuthRequests.FindAsync(login.Details.AuthorizationId, CancellationToken.None));
    }

    private static Task<LoginRequest?> FoundAsync(LoginScenario login) =>
        login.AuthRequests.FindAsync(login.Details.Id, CancellationToken.None);
}
