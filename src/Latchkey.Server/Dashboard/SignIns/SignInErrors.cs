namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>Refusals of the pages about sign-ins.</summary>
internal static class SignInErrors
{
    public static readonly DashboardError TooManyTails = new(
        429, "too_many_live_lists", "Too many live lists are open",
        "Each of them holds a connection of this server: at most 3 per operator and 20 in all.", "Close another one and reload this page.")
    {
        RetryAfterSeconds = 30,
    };

    public static readonly DashboardError LogAway = new(
        503, "sign_in_log_unavailable", "The sign-in log cannot be read at present", "Sign-ins go on without it.",
        "Reload this page in a minute. The state of this server says what is wrong with the log's storage.")
    {
        RetryAfterSeconds = 60,
    };

    public static DashboardError Gone(TimeSpan retention) => new(
        404, "sign_in_gone", "This sign-in is not in the log",
        $"Older than {retention.TotalDays:0} days and deleted. Its access, if any, is still listed.",
        "Check the reference, or look in the list.");
}
