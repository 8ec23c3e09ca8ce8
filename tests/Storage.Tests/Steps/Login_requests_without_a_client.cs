using Latchkey.Server.LoginRequests;
using Latchkey.Server.OAuth;
using Storage.Tests.Stores;

namespace Storage.Tests.Steps;

public sealed class Login_requests_without_a_client_on_SQLite(SqliteStore store)
    : Login_requests_without_a_client(store), IClassFixture<SqliteStore>;

public sealed class Login_requests_without_a_client_on_PostgreSQL(PostgresStore store)
    : Login_requests_without_a_client(store), IClassFixture<PostgresStore>;

/// <summary>A login request of purpose Test at the storage: no step of an authorization changes it, at no stage.</summary>
public abstract class Login_requests_without_a_client(Store store)
{
    private const int Callers = 64;
    private static readonly OperatorSessionId Session = new("ops_0000000000000000000000");

    public enum At
    {
        AwaitingLogin,
        AwaitingReturn,
        Refused,
        Confirmed,
        Ended,
    }

    public static TheoryData<At, Step> EachStepOfAnAuthorization =>
    [
        .. from stage in Enum.GetValues<At>()
           from step in (Step[])[Step.Return, Step.Allow, Step.Deny, Step.StartOver, Step.Exchange]
           select (stage, step),
    ];

    [Theory]
    [MemberData(nameof(EachStepOfAnAuthorization))]
    public async Task No_step_of_an_authorization_changes_it(At stage, Step step)
    {
        var test = await LeadToAsync(stage);
        var before = await test.EverythingAsync();

        // The caller passes the details of an authorization: the row alone decides.
        Assert.False(await test.TakeAsync(step, LoginScenario.MomentOf(step), caller: 1, AsAuthorization(test.Details)));
        Assert.Equal(before, await test.EverythingAsync());
    }

    [Theory]
    [InlineData(At.AwaitingLogin)]
    [InlineData(At.Refused)]
    [InlineData(At.Confirmed)]
    [InlineData(At.Ended)]
    public async Task A_confirmation_in_another_stage_changes_nothing(At stage)
    {
        var test = await LeadToAsync(stage);
        var before = await test.EverythingAsync();

        Assert.False(await ConfirmAsync(test, LoginScenario.Returned.AddMilliseconds(5)));
        Assert.Equal(before, await test.EverythingAsync());
    }

    [Fact]
    public async Task An_authorization_is_not_confirmed()
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingReturn);
        var before = await login.EverythingAsync();

        Assert.False(await ConfirmAsync(login, LoginScenario.Returned, TestOf(login.Details)));
        Assert.Equal(before, await login.EverythingAsync());
    }

    [Fact]
    public async Task A_confirmation_at_another_connection_or_after_its_deadline_changes_nothing()
    {
        var test = await LeadToAsync(At.AwaitingReturn);
        var before = await test.EverythingAsync();

        Assert.False(await ConfirmAsync(test, LoginScenario.Returned, test.Details with { ConnectionId = ConnectionId.New() }));
        Assert.False(await ConfirmAsync(test, LoginScenario.Reported.AddMinutes(2)));
        Assert.Equal(before, await test.EverythingAsync());
    }

    [Fact]
    public async Task Of_64_confirmations_at_two_nodes_one_succeeds()
    {
        var test = await LeadToAsync(At.AwaitingReturn);
        LoginScenario[] nodes = [test, test.At(store.OtherNode)];

        var taken = await Task.WhenAll(Enumerable.Range(1, Callers).Select(
            i => Task.Run(() => ConfirmAsync(nodes[i % 2], LoginScenario.Returned.AddMilliseconds(i), test.Details))));
        var winner = Assert.Single(taken.Index(), t => t.Item).Index + 1;
        var confirmed = Assert.IsType<LoginRequest.Confirmed>(await FoundAsync(test));
        Assert.Equal(LoginScenario.Returned.AddMilliseconds(winner), confirmed.ReturnedAt);
    }

    [Fact]
    public async Task The_report_of_a_test_stores_no_user()
    {
        var test = await LeadToAsync(At.Confirmed);

        Assert.DoesNotContain("search_text=", await test.EverythingAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_stage_is_read_as_it_was_written()
    {
        var test = await LeadToAsync(At.AwaitingLogin);
        Assert.Equal(new LoginRequest.AwaitingLogin(test.Details), await FoundAsync(test));
        Assert.Equal("network browser", (await FoundAsync(test))!.Details.Purpose.BegunBy);

        var confirmed = Assert.IsType<LoginRequest.Confirmed>(await FoundAsync(await LeadToAsync(At.Confirmed)));
        Assert.Equal(
            (LoginScenario.Reported, LoginScenario.Returned, LoginScenario.Returned.AddMinutes(10)),
            (confirmed.ReportedAt, confirmed.ReturnedAt, confirmed.OpenUntil));
        Assert.Throws<InvalidOperationException>(() => confirmed.Details.ClientId);
    }

    [Fact]
    public async Task The_first_question_of_the_backend_is_noted_once_and_for_a_test_alone()
    {
        var test = await LeadToAsync(At.AwaitingLogin);
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingLogin);
        var before = await login.EverythingAsync();

        Assert.True(await test.AuthRequests.NoteContextAsync(test.Details, LoginScenario.Begun.AddSeconds(1), CancellationToken.None));
        Assert.False(await test.AuthRequests.NoteContextAsync(test.Details, LoginScenario.Begun.AddSeconds(2), CancellationToken.None));
        Assert.False(await login.AuthRequests.NoteContextAsync(login.Details, LoginScenario.Begun.AddSeconds(1), CancellationToken.None));
        Assert.Equal(LoginScenario.Begun.AddSeconds(1), (await FoundAsync(test))!.Details.ContextReadAt);
        Assert.Equal(before, await login.EverythingAsync());
    }

    private static LoginRequestDetails TestOf(LoginRequestDetails details) =>
        details with { Purpose = new LoginPurpose.Test(Session, "network browser") };

    private static LoginRequestDetails AsAuthorization(LoginRequestDetails details) => details with
    {
        Purpose = new LoginPurpose.Authorization(
            ClientId.New(), ResourceId.New(), LoginScenario.NewDetails(details.ConnectionId).Request),
    };

    private async Task<LoginScenario> LeadToAsync(At stage)
    {
        var test = new LoginScenario(store.Main) { Details = TestOf(LoginScenario.NewDetails(ConnectionId.New())) };
        await test.AuthRequests.BeginOwnAsync(new(test.Details), CancellationToken.None);
        Assert.True(stage switch
        {
            At.AwaitingLogin => true,
            At.AwaitingReturn => await test.TakeAsync(Step.Report, LoginScenario.Reported),
            At.Refused => await test.TakeAsync(Step.Refuse, LoginScenario.Reported),
            At.Confirmed => await test.TakeAsync(Step.Report, LoginScenario.Reported)
                && await ConfirmAsync(test, LoginScenario.Returned),
            At.Ended => await test.TakeAsync(Step.Burn, LoginScenario.Reported),
            _ => throw new ArgumentOutOfRangeException(nameof(stage)),
        });
        return test;
    }

    private static Task<bool> ConfirmAsync(LoginScenario test, DateTimeOffset at, LoginRequestDetails? details = null) =>
        test.Logins.ConfirmAsync(
            new(details ?? test.Details, test.ReportOf(0), LoginScenario.Reported, at, at.AddMinutes(10)), CancellationToken.None);

    private static Task<LoginRequest?> FoundAsync(LoginScenario test) =>
        test.AuthRequests.FindAsync(test.Details.Id, CancellationToken.None);
}
