using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.Operators;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.TestLogins;

/// <summary>
/// The Server-Sent Events of a test: its lines as JSON text, sent when one changes. The stream ends with the test. It counts among the live
/// lists.
/// </summary>
internal sealed class TestLoginEvents(TestLoginPages pages, LiveStream live)
{
    /// <summary>A test is read again this often when the sign-in log tells of no event.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(3);

    public static readonly DashboardRoute Events =
        DashboardRoute.Page("/dashboard/login-pages/{connection}/test/{login}/live.events", OperatorRole.Admin);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDashboard<TestLoginEvents>(Events, (events, request) => events.FollowAsync(request));

    private async Task<IResult> FollowAsync(DashboardRequest request)
    {
        if (await pages.FindAsync(request) is null)
        {
            return TestLoginErrors.NotYours.Page(request);
        }

        string? last = null;
        return live.Follow(request, async (listener, stop) =>
        {
            if (await pages.FindAsync(request) is not { } view)
            {
                return new(new("", "ping"), IsLast: true);
            }

            var text = view.Json();
            if (text != last)
            {
                last = text;
                return new(new(text, "lines"), IsLast: !view.Progress.IsWaiting);
            }

            await WaitAsync(listener, view.Reference, stop);
            return null;
        });
    }

    /// <summary>Waits for an event of the test.</summary>
    private static async Task WaitAsync(SignInTail.Listener listener, string reference, CancellationToken stop)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(stop);
        wait.CancelAfter(MaxWait);
        while ((await listener.Rows.ReadAsync(wait.Token)).Summary.Reference != reference)
        {
        }
    }
}
