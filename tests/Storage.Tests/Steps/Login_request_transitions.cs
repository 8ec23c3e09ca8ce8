using Latchkey.Server.Authorize;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Steps;

public sealed class A_step_of_a_login_on_SQLite(OnSqlite store) : A_step_of_a_login(store), IClassFixture<OnSqlite>;

public sealed class A_step_of_a_login_on_PostgreSQL(OnPostgres store) : A_step_of_a_login(store), IClassFixture<OnPostgres>;

public abstract class A_step_of_a_login(Store store)
{
    private const int Callers = 64;

    /// <summary>From which stages each step leads, and where to.</summary>
    private static readonly Dictionary<Step, (Stage[] From, Stage To)> Ways = new()
    {
        [Step.Report] = ([Stage.AwaitingLogin], Stage.AwaitingReturn),
        [Step.Refuse] = ([Stage.AwaitingLogin], Stage.Refused),
        [Step.Return] = ([Stage.AwaitingReturn], Stage.AwaitingConsent),
        [Step.Burn] = ([Stage.AwaitingLogin, Stage.AwaitingReturn, Stage.Refused, Stage.AwaitingConsent], Stage.Ended),
        [Step.BurnAndWhatCameOfIt] = (
            [Stage.AwaitingLogin, Stage.AwaitingReturn, Stage.Refused, Stage.AwaitingConsent, Stage.AwaitingExchange, Stage.Exchanged], Stage.Ended),
        [Step.Allow] = ([Stage.AwaitingConsent], Stage.AwaitingExchange),
        [Step.Deny] = ([Stage.AwaitingConsent], Stage.Ended),
        [Step.StartOver] = ([Stage.AwaitingConsent], Stage.Ended),
        [Step.Exchange] = ([Stage.AwaitingExchange], Stage.Exchanged),
    };

    public static TheoryData<Step, Stage> EachStepInEachStage => [.. from step in Enum.GetValues<Step>() from stage in Enum.GetValues<Stage>() select (step, stage)];

    public static TheoryData<Step> EachStep => [.. Enum.GetValues<Step>()];

    public static TheoryData<Step> EachStepWithADeadline => [.. Enum.GetValues<Step>().Where(step => Login.DeadlineOf(step) is not null)];

    [Theory]
    [MemberData(nameof(EachStepInEachStage))]
    public async Task Is_taken_from_its_own_stages_and_changes_nothing_in_any_other(Step step, Stage stage)
    {
        var login = await new Login(store.Main).LeadToAsync(stage);
        var before = await login.EverythingAsync();
        var (from, to) = Ways[step];

        var taken = await login.TakeAsync(step, Login.MomentOf(step), caller: 1);
        Assert.Equal(from.Contains(stage), taken);
        Assert.Equal(taken ? to : stage, await login.StageAsync());
        if (!taken)
        {
            Assert.Equal(before, await login.EverythingAsync());
        }
    }

    [Theory]
    [MemberData(nameof(EachStep))]
    public async Task For_an_id_that_nobody_began_changes_nothing(Step step)
    {
        var login = await new Login(store.Main).LeadToAsync(Ways[step].From[^1]);
        var before = await login.EverythingAsync();

        Assert.False(await login.TakeAsync(step, Login.MomentOf(step), caller: 1, login.Visit with { Id = LoginRequestId.New() }));
        Assert.Equal(before, await login.EverythingAsync());
    }

    [Theory]
    [MemberData(nameof(EachStep))]
    public async Task For_another_connection_changes_nothing_here_and_nothing_there(Step step)
    {
        var login = await new Login(store.Main).LeadToAsync(Ways[step].From[^1]);
        var other = await new Login(store.Main).LeadToAsync(Ways[step].From[^1]);
        var (here, there) = (await login.EverythingAsync(), await other.EverythingAsync());

        Assert.False(await login.TakeAsync(step, Login.MomentOf(step), caller: 1, login.Visit with { ConnectionId = other.Visit.ConnectionId }));
        Assert.Equal(here, await login.EverythingAsync());
        Assert.Equal(there, await other.EverythingAsync());
    }

    [Theory]
    [MemberData(nameof(EachStepWithADeadline))]
    public async Task Is_taken_until_its_deadline_and_neither_at_it_nor_after(Step step)
    {
        var deadline = Login.DeadlineOf(step)!.Value;
        foreach (var late in (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1)])
        {
            var login = await new Login(store.Main).LeadToAsync(Ways[step].From[0]);
            var before = await login.EverythingAsync();

            Assert.False(await login.TakeAsync(step, deadline + late));
            Assert.Equal(before, await login.EverythingAsync());
            Assert.True(await login.TakeAsync(step, deadline - TimeSpan.FromMilliseconds(1)));
        }
    }

    [Theory]
    [MemberData(nameof(EachStep))]
    public async Task By_64_callers_at_two_nodes_has_one_winner_and_writes_only_what_that_one_brought(Step step)
    {
        var login = await new Login(store.Main).LeadToAsync(Ways[step].From[^1]);
        Login[] nodes = [login, login.At(store.OtherNode)];
        var moment = Login.MomentOf(step);

        var taken = await Task.WhenAll(Enumerable.Range(1, Callers).Select(i => Task.Run(() => nodes[i % 2].TakeAsync(step, moment.AddMilliseconds(i), i))));
        var winner = Assert.Single(taken.Index(), t => t.Item).Index + 1;
        Assert.Equal(Ways[step].To, await login.StageAsync());
        var everything = await login.EverythingAsync();
        Assert.Contains($"={moment.AddMilliseconds(winner).ToUnixTimeMilliseconds()}", everything, StringComparison.Ordinal);
        foreach (var loser in Enumerable.Range(1, Callers).Where(i => i != winner))
        {
            Assert.DoesNotContain($"={moment.AddMilliseconds(loser).ToUnixTimeMilliseconds()}", everything, StringComparison.Ordinal);
            Assert.DoesNotContain(Login.NameOf(loser), everything, StringComparison.Ordinal);
        }
    }

    // A double click, or a backend's retry, arrives within the same millisecond.
    [Theory]
    [MemberData(nameof(EachStep))]
    public async Task Again_in_the_same_millisecond_changes_nothing(Step step)
    {
        var login = await new Login(store.Main).LeadToAsync(Ways[step].From[^1]);
        var moment = Login.MomentOf(step);
        Assert.True(await login.TakeAsync(step, moment, caller: 1));
        var before = await login.EverythingAsync();

        Assert.False(await login.TakeAsync(step, moment, caller: 2));
        Assert.Equal(before, await login.EverythingAsync());
    }

    [Fact]
    public async Task Of_all_decisions_at_once_has_one_winner()
    {
        Step[] decisions = [Step.Allow, Step.Deny, Step.StartOver, Step.Burn];
        for (var round = 0; round < 4; round++)
        {
            var login = await new Login(store.Main).LeadToAsync(Stage.AwaitingConsent);
            Login[] nodes = [login, login.At(store.OtherNode)];

            var taken = await Task.WhenAll(Enumerable.Range(1, Callers).Select(i => Task.Run(() => nodes[i / 4 % 2].TakeAsync(decisions[i % 4], Login.Decided, i))));
            var winner = Assert.Single(taken.Index(), t => t.Item).Index + 1;
            Assert.Equal(Ways[decisions[winner % 4]].To, await login.StageAsync());
        }
    }

    [Fact]
    public async Task Leads_to_a_stage_that_is_read_as_it_was_written()
    {
        var login = new Login(store.Main);
        var visit = login.Visit;
        await login.AuthRequests.BeginAsync(new(visit), pushed: null, CancellationToken.None);
        Assert.Equal(new AuthRequest.AwaitingLogin(visit), await FoundAsync(login));

        await login.TakeAsync(Step.Report, Login.Reported);
        var waiting = Assert.IsType<AuthRequest.AwaitingReturn>(await FoundAsync(login));
        Assert.Equal((visit, login.ReportOf(0), Login.Reported, Login.Reported.AddMinutes(2)), (waiting.Visit, waiting.Report, waiting.ReportedAt, waiting.ReturnBy));

        await login.TakeAsync(Step.Return, Login.Returned);
        var asked = Assert.IsType<AuthRequest.AwaitingConsent>(await FoundAsync(login));
        Assert.Equal(
            (visit, login.ReportOf(0), Login.Reported, Login.Returned, Login.Returned.AddMinutes(10)),
            (asked.Visit, asked.Report, asked.ReportedAt, asked.ReturnedAt, asked.ConsentBy));

        await login.TakeAsync(Step.Allow, Login.Decided);
        var allowed = Assert.IsType<AuthRequest.AwaitingExchange>(await FoundAsync(login));
        Assert.Equal(
            (visit, login.ReportOf(0), Login.Reported, Login.ScopeOf(0).ToString(), Login.Decided, Login.Decided.AddMinutes(1)),
            (allowed.Visit, allowed.Report, allowed.ReportedAt, allowed.Scope.ToString(), allowed.DecidedAt, allowed.CodeBy));

        await login.TakeAsync(Step.Exchange, Login.Redeemed);
        var exchanged = Assert.IsType<AuthRequest.Exchanged>(await FoundAsync(login));
        Assert.Equal(
            (visit, login.ReportOf(0), Login.ScopeOf(0).ToString(), login.GrantId, Login.Redeemed),
            (exchanged.Visit, exchanged.Report, exchanged.Scope.ToString(), exchanged.Grant, exchanged.ExchangedAt));
    }

    [Fact]
    public async Task That_ends_a_login_leaves_its_reason_and_what_the_client_hears()
    {
        var refused = await new Login(store.Main).LeadToAsync(Stage.Refused);
        Assert.Equal(new AuthRequest.Refused(refused.Visit, OAuthError.AccessDenied(Login.NameOf(0)), Login.Reported), await FoundAsync(refused));

        var denied = await new Login(store.Main).LeadToAsync(Stage.Ended);
        Assert.Equal(
            new AuthRequest.Ended(denied.Visit, EndReason.Denied, OAuthError.AccessDenied(Login.NameOf(0)), "ada", GrantId: null, Login.Decided), await FoundAsync(denied));

        // The refusal of a burnt one is nobody's any more.
        foreach (var stage in (Stage[])[Stage.AwaitingLogin, Stage.Refused])
        {
            var burnt = await new Login(store.Main).LeadToAsync(stage);
            await burnt.TakeAsync(Step.Burn, Login.Decided);
            Assert.Equal(new AuthRequest.Ended(burnt.Visit, EndReason.ProofMissing, Answer: null, Subject: null, GrantId: null, Login.Decided), await FoundAsync(burnt));
        }
    }

    [Fact]
    public async Task Cannot_begin_twice_under_one_id()
    {
        var login = await new Login(store.Main).LeadToAsync(Stage.AwaitingReturn);
        var before = await login.EverythingAsync();

        await Assert.ThrowsAsync<UniqueViolation>(() => login.AuthRequests.BeginAsync(new(login.Visit), pushed: null, CancellationToken.None));
        Assert.Equal(before, await login.EverythingAsync());
    }

    [Fact]
    public async Task Is_not_to_be_had_of_a_login_that_nobody_began()
    {
        var login = new Login(store.Main);

        Assert.Null(await login.AuthRequests.FindAsync(login.Visit.Id, CancellationToken.None));
        Assert.Null(await login.AuthRequests.FindAsync(login.Visit.AuthRequestId, CancellationToken.None));
    }

    private static Task<AuthRequest?> FoundAsync(Login login) => login.AuthRequests.FindAsync(login.Visit.Id, CancellationToken.None);
}
