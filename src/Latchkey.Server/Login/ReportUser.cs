using Latchkey.Server.Authorize;
using Latchkey.Server.Configuration;
using Latchkey.Server.Journeys;
using Latchkey.Server.Management;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Login;

/// <summary>What became of a report.</summary>
internal abstract record ReportOutcome
{
    private ReportOutcome() { }

    /// <param name="AuthRequestId">With the proof behind the dot, unless the login failed.</param>
    public sealed record Taken(string AuthRequestId, string RedirectUri) : ReportOutcome;

    public sealed record Refused(Problem Problem) : ReportOutcome;
}

/// <summary>
/// The company's backend says who signed in (docs/wire.md, "report"); REST and gRPC end here.
/// 1. connection and login request must belong together and to the caller; 2. the first report wins, the same person again gets the same answer,
/// anybody else 409; 3. freshness the client asked for is checked where the resource insists on it; 4. the answer carries the proof.
/// </summary>
internal sealed class ReportUser(
    AuthRequestStore authRequests,
    LoginStore store,
    LoginSecrets secrets,
    ConfigurationCache configuration,
    JourneyRecorder journeys,
    Settings settings,
    TimeProvider clock)
{
    /// <summary>Clocks of the company's servers and of ours may differ by this much.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    public async Task<ReportOutcome> ReportAsync(ApiClient caller, string connection, string loginRequest, ReportBody body, CancellationToken cancellationToken)
    {
        var (request, problem) = await FindAsync(caller, connection, loginRequest, cancellationToken);
        if (problem is not null)
        {
            return new ReportOutcome.Refused(problem);
        }

        return body switch
        {
            ReportBody.Invalid invalid => Refuse(request!, invalid.Problem),
            ReportBody.LoginFailed => await RefuseLoginAsync(request!, OAuthError.AccessDenied("The person could not sign in."), new Actor.Backend(caller.Id), cancellationToken),
            ReportBody.Person person => await ReportAsync(request!, person, new Actor.Backend(caller.Id), tries: 0, cancellationToken),
        };
    }

    /// <summary>Ends a login request with an error for the client.</summary>
    public async Task<ReportOutcome> RejectAsync(ApiClient caller, string connection, string loginRequest, OAuthError answer, CancellationToken cancellationToken)
    {
        var (request, problem) = await FindAsync(caller, connection, loginRequest, cancellationToken);
        return problem is not null ? new ReportOutcome.Refused(problem) : await RefuseLoginAsync(request!, answer, new Actor.Backend(caller.Id), cancellationToken);
    }

    /// <summary>The login request, if it belongs to a connection this caller may report for; 404 for everything else, so that nothing can be probed.</summary>
    public async Task<(AuthRequest? Request, Problem? Problem)> FindAsync(ApiClient caller, string connection, string loginRequest, CancellationToken cancellationToken)
    {
        if (ConnectionId.Parse(connection) is not { } connectionId || configuration.Current.Find(connectionId) is null || !caller.MayReportFor(connectionId))
        {
            return (null, Problem.NotFound("connection", connection));
        }

        return LoginRequestId.Parse(loginRequest) is { } id
            && await authRequests.FindAsync(id, cancellationToken) is { } request
            && request.Visit.ConnectionId == connectionId
                ? (request, null)
                : (null, Problem.NotFound("login request", loginRequest));
    }

    private async Task<ReportOutcome> ReportAsync(AuthRequest request, ReportBody.Person person, Actor actor, int tries, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        switch (request)
        {
            case AuthRequest.AwaitingLogin or AuthRequest.AwaitingReturn when Deadlines.HasPassed(request, now):
                return Refuse(request, ReportProblems.Expired);

            case AuthRequest.AwaitingLogin waiting:
                var (facts, problem) = Fresh(waiting.Visit, person.Report.Facts, now);
                if (problem is not null)
                {
                    return Refuse(request, problem);
                }

                var reported = waiting.Reported(person.Report with { Facts = facts }, now, settings.ReportLifetime);
                if (await store.ReportAsync(reported, cancellationToken))
                {
                    Record(request, "login.reported", $"{actor} reported {person.Report.User.Subject}.{Ignored(person)}");
                    return Taken(request.Visit);
                }

                // Another report was first: answer as if this one had come after it, which it has.
                return tries == 0 && await authRequests.FindAsync(request.Visit.Id, cancellationToken) is { } stands
                    ? await ReportAsync(stands, person, actor, tries + 1, cancellationToken)
                    : Refuse(request, ReportProblems.Over);

            case AuthRequest.AwaitingReturn former when former.Report.User.Subject == person.Report.User.Subject:
                var again = person.Report with { Facts = Fresh(former.Visit, person.Report.Facts, now).Facts };
                var differences = string.Join(", ", former.Report.DifferencesTo(again));
                Record(
                    request, "login.reported_again",
                    $"{actor} reported {person.Report.User.Subject} again; the first report stands." + (differences.Length > 0 ? $" This one differs in {differences}." : ""));
                return Taken(request.Visit);

            case AuthRequest.AwaitingReturn:
                return Refuse(request, ReportProblems.OtherUser);

            default:
                return Refuse(request, ReportProblems.Over);
        }
    }

    private async Task<ReportOutcome> RefuseLoginAsync(AuthRequest request, OAuthError answer, Actor actor, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (request is AuthRequest.Refused)
        {
            return Refused(request.Visit);
        }

        if (request is not AuthRequest.AwaitingLogin waiting)
        {
            return Refuse(request, ReportProblems.Over);
        }

        if (Deadlines.HasPassed(request, now))
        {
            return Refuse(request, ReportProblems.Expired);
        }

        if (!await store.RefuseAsync(waiting.RefusedBy(answer, now), cancellationToken))
        {
            // Another refusal was first, the backend's own retry perhaps: then this one has the same answer.
            return await authRequests.FindAsync(request.Visit.Id, cancellationToken) is AuthRequest.Refused ? Refused(request.Visit) : Refuse(request, ReportProblems.Over);
        }

        Record(request, "login.rejected", $"{actor} turned the person away: {answer.Code}: {answer.Description}");
        return Refused(request.Visit);
    }

    private ReportOutcome.Taken Refused(LoginVisit visit) => new(visit.AuthRequestId.Value, CallbackUrl(visit, proof: false));

    /// <summary>
    /// Unmodified integrations cannot know <c>max_age</c>, <c>prompt=login</c> and <c>acr_values</c>: a report that does not satisfy them is taken, but its
    /// <c>auth_time</c> and <c>acr</c> stay out of the tokens. A resource that requires a fresh login refuses it.
    /// </summary>
    private (LoginFacts Facts, Problem? Problem) Fresh(LoginVisit visit, LoginFacts facts, DateTimeOffset now)
    {
        var asked = visit.Request;
        var insists = configuration.Current.Find(visit.ResourceId)?.RequiresFreshLogin == true;
        var earliest = asked.MaxAge is { } age ? now.AddSeconds(-age) - ClockSkew
            : Scope.Parse(asked.Prompt).Contains("login") ? visit.CreatedAt - ClockSkew
            : (DateTimeOffset?)null;
        if (earliest is not null && !(facts.AuthTime >= earliest))
        {
            if (insists)
            {
                return (facts, ReportProblems.NotFresh("auth_time", "must say that the person signed in as recently as the client asked (max_age, prompt=login)"));
            }

            facts = facts with { AuthTime = null };
        }

        if (asked.AcrValues is { } acrValues && !(facts.Acr is { } acr && Scope.Parse(acrValues).Contains(acr)))
        {
            if (insists)
            {
                return (facts, ReportProblems.NotFresh("acr", "must be one of the acr_values the client asked for"));
            }

            facts = facts with { Acr = null };
        }

        return (facts, null);
    }

    private ReportOutcome.Taken Taken(LoginVisit visit) => new(secrets.ProvenId(visit), CallbackUrl(visit, proof: true));

    private string CallbackUrl(LoginVisit visit, bool proof)
    {
        var callback = $"{settings.BaseUrl}/sso/v1/connections/{visit.ConnectionId}/partner:callback?state={secrets.State(visit)}";
        return proof ? $"{callback}&auth_request_id={secrets.ProvenId(visit)}" : callback;
    }

    private ReportOutcome.Refused Refuse(AuthRequest request, Problem problem)
    {
        Record(request, "login.report_refused", $"A report was refused: {problem.Code}: {problem.Detail}");
        return new(problem);
    }

    private void Record(AuthRequest request, string name, string detail) => journeys.Record(request.Visit.AuthRequestId, request.Visit.Id, name, detail);

    private static string Ignored(ReportBody.Person person) =>
        person.Ignored.Count == 0 ? "" : $" Unknown members were ignored: {OAuthError.Printable(string.Join(", ", person.Ignored.Take(20)))}.";
}

internal static class ReportProblems
{
    public static readonly Problem Expired = new(410, "login_request_expired", "This login request is too old. Send the person back to the program they came from; it begins a new one.");
    public static readonly Problem Over = new(409, "login_request_over", "This login request takes no more reports: the browser has come back already, or the sign-in was stopped.");
    public static readonly Problem OtherUser = new(409, "other_user_reported", "Another person was reported for this login request; the first report stands.");

    public static Problem NotFresh(string member, string what) =>
        new(422, "login_not_fresh", $"{member} {what}.", new Dictionary<string, string[]>(StringComparer.Ordinal) { [member] = [what] });
}
