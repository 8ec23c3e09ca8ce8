namespace Latchkey.Server.Dashboard.TestLogins;

/// <summary>Refusals of the pages of a test login.</summary>
internal static class TestLoginErrors
{
    /// <summary>Says the same about a test of another session, of another operator, and one that does not exist.</summary>
    public static readonly DashboardError NotYours = new(
        404, "test_not_yours", "This test was not started in this session",
        "A test login is shown only in the session of the operator who started it, and for a day. Nothing about it is shown here.",
        "Start a test of your own at the login page.");

    public static readonly DashboardError Prefetched = new(
        400, "prefetch_refused", "This page was loaded in advance",
        "It sends the browser to the login page, so it is not loaded in advance.",
        "Open it with a click.");

    public static readonly DashboardError Disabled = new(
        409, "connection_disabled", "This login page is switched off", "No sign-in uses it at present, so it cannot be tested.",
        "Switch it on and test it again.");
}
