using Latchkey.Server.SignIns;

namespace Latchkey.Server.Login;

/// <summary>A refusal of a report: the answer to the backend, with its cause and the facts it rests on.</summary>
internal sealed record ReportRefusal(Cause Cause, Problem Problem)
{
    public IReadOnlyList<Fact> Facts { get; init; } = [];

    public ReportRefusal With(params ReadOnlySpan<Fact> facts) => this with { Facts = [.. Facts, .. facts] };
}

internal static class ReportErrors
{
    public static readonly ReportRefusal Expired = new(
        LogInCauses.LoginRequestExpired,
        new(410, "login_request_expired", "This login request has expired. Send the user back to the MCP client, which starts a new one."));

    public static readonly ReportRefusal Over = new(
        LogInCauses.LoginRequestOver,
        new(
            409, "login_request_over",
            "This login request accepts no more reports: it was answered or stopped, or the client or resource was changed."));

    public static readonly ReportRefusal OtherUser = new(
        LogInCauses.OtherUserReported,
        new(409, "other_user_reported", "Another user was reported for this login request before. The first report stays valid."));

    public static ReportRefusal NotFresh(string member, string what) =>
        new ReportRefusal(
            LogInCauses.LoginNotFresh,
            new(
                422, "login_not_fresh", $"{member} {what}.",
                new Dictionary<string, string[]>(StringComparer.Ordinal) { [member] = [what] }))
            .With(Fact.Sent(FactNames.Members, member));

    /// <summary>The names of the wrong members, never their values.</summary>
    public static ReportRefusal Invalid(Problem problem) =>
        new ReportRefusal(LogInCauses.ReportInvalid, problem).With(
            Fact.Sent(
                FactNames.Members,
                problem.Errors is { Count: > 0 } errors ? string.Join(", ", errors.Keys.Order(StringComparer.Ordinal)) : "the body"),
            Fact.Seen(FactNames.Reason, ReasonOf(problem)));

    private static string ReasonOf(Problem problem) => problem.Errors is { Count: > 0 } errors
        ? string.Join("; ", errors.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key} {string.Join(", ", e.Value)}"))
        : problem.Detail;

    public static ReportRefusal UnknownLogin(Problem problem) => new(LogInCauses.ReportOfUnknownLogin, problem);

    public static ReportRefusal OtherConnection(Problem problem) => new(LogInCauses.ReportOfAnotherConnection, problem);

    /// <summary>The caller has no valid management token.</summary>
    public static ReportRefusal Unauthenticated(Problem problem) => new(LogInCauses.ReportUnauthenticated, problem);

    /// <summary>The role or the address of the caller does not allow reports.</summary>
    public static ReportRefusal Forbidden(Problem problem) =>
        new ReportRefusal(LogInCauses.ReportForbidden, problem).With(Fact.Seen(FactNames.Reason, problem.Detail));
}
