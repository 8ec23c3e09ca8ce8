using System.Globalization;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Login;

internal abstract record ReportOutcome
{
    private ReportOutcome() { }

    /// <param name="AuthRequestId">With a dot and the proof, unless the login failed.</param>
    public sealed record Taken(string AuthRequestId, string RedirectUri) : ReportOutcome;

    public sealed record Refused(Problem Problem) : ReportOutcome;
}

/// <summary>
/// The login page's backend reports who signed in (docs/wire.md, "report"), over REST or gRPC.
/// 1. Connection and login request must match and belong to the caller. 2. The present policy must allow the login request. 3. The first
/// report wins: the same user again gets the same response, also while the consent page is open, another user 409. 4. A resource that
/// requires a fresh login refuses one that is not. 5. The response carries the proof.
/// </summary>
internal sealed class ReportUser(
    LoginRequestStore authRequests,
    LoginStore store,
    LoginSecrets secrets,
    PresentPolicy policy,
    ConfigurationCache configuration,
    SignInRecorder signIns,
    RefusalLog refusals,
    UnattributedReports unattributed,
    Settings settings,
    TimeProvider clock)
{
    /// <summary>The tolerated difference between the backend's clock and this server's.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    public async Task<ReportOutcome> ReportAsync(
        HttpContext http, ApiClient caller, string connection, string loginRequest, ReportBody body, CancellationToken cancellationToken)
    {
        var (request, problem) = await FindOrRefuseAsync(http, caller, connection, loginRequest, cancellationToken);
        if (request is null)
        {
            return new ReportOutcome.Refused(problem!);
        }

        var actor = new Actor.Backend(caller.Id);
        return body switch
        {
            ReportBody.Invalid invalid => Refuse(request, ReportErrors.Invalid(invalid.Problem), actor),
            ReportBody.LoginFailed => await RefuseLoginAsync(
                request, LogInCauses.LoginFailed, OAuthError.AccessDenied("The person could not sign in."), actor, cancellationToken),
            ReportBody.Person person => await ReportAsync(request, person, actor, tries: 0, cancellationToken),
        };
    }

    /// <summary>Rejects a login request with an error for the client.</summary>
    public Task<ReportOutcome> RejectAsync(
        ApiClient caller, LoginRequest request, OAuthError answer, CancellationToken cancellationToken) =>
        RefuseLoginAsync(request, LogInCauses.LoginRejected, answer, new Actor.Backend(caller.Id), cancellationToken);

    /// <summary>Finds a login request for a report. A report for none is recorded.</summary>
    public async Task<(LoginRequest? Request, Problem? Problem)> FindOrRefuseAsync(
        HttpContext http, ApiClient caller, string connection, string loginRequest, CancellationToken cancellationToken)
    {
        var (request, problem) = await FindAsync(caller, connection, loginRequest, cancellationToken);
        return problem is null
            ? (request, null)
            : (null, await unattributed.RefuseAsync(
                http, caller, connection, loginRequest,
                ReportErrors.UnknownLogin(problem).With(Fact.Seen(FactNames.ApiClientId, caller.Id.Value)), cancellationToken));
    }

    /// <summary>Finds a login request of a connection that the caller may report for; otherwise 404, against probing.</summary>
    public async Task<(LoginRequest? Request, Problem? Problem)> FindAsync(
        ApiClient caller, string connection, string loginRequest, CancellationToken cancellationToken)
    {
        if (ConnectionId.Parse(connection) is not { } connectionId || configuration.Current.Find(connectionId) is null
            || !caller.MayReportFor(connectionId))
        {
            return (null, Problem.NotFound("connection", connection));
        }

        return LoginRequestId.Parse(loginRequest) is { } id
            && await authRequests.FindAsync(id, cancellationToken) is { } request
            && request.Details.ConnectionId == connectionId
                ? (request, null)
                : (null, Problem.NotFound("login request", loginRequest));
    }

    private async Task<ReportOutcome> ReportAsync(
        LoginRequest request, ReportBody.Person person, Actor actor, int tries, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        switch (request)
        {
            case LoginRequest.AwaitingLogin or LoginRequest.AwaitingReturn or LoginRequest.AwaitingConsent or LoginRequest.Confirmed
                when Deadlines.HasPassed(request, now):
                return Refuse(request, ReportErrors.Expired.With(Deadlines.FactsOf(request, now)), actor);

            case LoginRequest.AwaitingLogin or LoginRequest.AwaitingReturn or LoginRequest.AwaitingConsent or LoginRequest.Confirmed
                when await policy.OfAsync(request, cancellationToken) is PolicyAnswer.Refused refused:
                refusals.Recorded(
                    http: null, request.Details.AuthorizationId, request.Details.Id, "login.policy_changed", ReturnCauses.ChangedMeanwhile,
                    [Fact.Seen(FactNames.Reason, PolicyRefusals.Sentence(refused.Why))]);
                return Refuse(request, OverAt(request), actor);

            case LoginRequest.AwaitingLogin waiting:
                var (facts, problem) = Fresh(waiting.Details, person.Report.Facts, now);
                if (problem is not null)
                {
                    return Refuse(request, problem, actor);
                }

                var reported = waiting.Reported(person.Report with { Facts = facts }, now, settings.ReportLifetime);
                if (await store.ReportAsync(reported, cancellationToken))
                {
                    RecordReported(reported, person, actor);
                    return Taken(request.Details);
                }

                // Another report was stored first: handle this one as the later of the two.
                return tries == 0 && await authRequests.FindAsync(request.Details.Id, cancellationToken) is { } latest
                    ? await ReportAsync(latest, person, actor, tries + 1, cancellationToken)
                    : Refuse(request, OverAt(request), actor);

            case LoginRequest.AwaitingReturn former when former.Report.User.Subject == person.Report.User.Subject:
                var extended = former.ReportedAgain(now, settings.ReportLifetime);
                await store.ExtendAsync(extended, now, cancellationToken);
                return Repeated(extended, former.Report, person, actor, now);

            case LoginRequest.AwaitingConsent former when former.Report.User.Subject == person.Report.User.Subject:
                return Repeated(former, former.Report, person, actor, now);

            case LoginRequest.Confirmed former when former.Report.User.Subject == person.Report.User.Subject:
                return Repeated(former, former.Report, person, actor, now);

            case LoginRequest.AwaitingReturn former:
                return Refuse(request, OtherUser(person.Report, former.Report), actor);

            case LoginRequest.AwaitingConsent former:
                return Refuse(request, OtherUser(person.Report, former.Report), actor);

            case LoginRequest.Confirmed former:
                return Refuse(request, OtherUser(person.Report, former.Report), actor);

            default:
                return Refuse(request, OverAt(request), actor);
        }
    }

    /// <summary>The person was reported again, for instance after Back: the first report stands, and the response is the same.</summary>
    private ReportOutcome.Taken Repeated(
        LoginRequest request, LoginReport first, ReportBody.Person person, Actor actor, DateTimeOffset now)
    {
        var again = person.Report with { Facts = Fresh(request.Details, person.Report.Facts, now).Facts };
        var differences = string.Join(", ", first.DifferencesTo(again));
        signIns.Record(
            request.Details.AuthorizationId, request.Details.Id, "login.reported_again",
            [
                Fact.Seen("sub", first.User.Subject),
                .. differences.Length > 0 ? [Fact.Seen("differing_members", differences)] : Array.Empty<Fact>(),
            ],
            new() { DueAt = Deadlines.Of(request) },
            actor.ToString());
        return Taken(request.Details);
    }

    private async Task<ReportOutcome> RefuseLoginAsync(
        LoginRequest request, Cause cause, OAuthError answer, Actor actor, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (request is LoginRequest.Refused)
        {
            return Refused(request.Details);
        }

        if (request is not LoginRequest.AwaitingLogin waiting)
        {
            return Refuse(request, OverAt(request), actor);
        }

        if (Deadlines.HasPassed(request, now))
        {
            return Refuse(request, ReportErrors.Expired.With(Deadlines.FactsOf(request, now)), actor);
        }

        if (!await store.RefuseAsync(waiting.RefusedBy(answer, now), cancellationToken))
        {
            // Another rejection was stored first, perhaps the backend's own retry: return the same response.
            return await authRequests.FindAsync(request.Details.Id, cancellationToken) is LoginRequest.Refused
                ? Refused(request.Details)
                : Refuse(request, OverAt(request), actor);
        }

        refusals.Recorded(
            http: null, request.Details.AuthorizationId, request.Details.Id, "login.rejected", cause,
            [
                .. ClientOf(request.Details), Fact.Sent(FactNames.Error, answer.Code),
                Fact.Sent(FactNames.ErrorDescription, answer.Description),
            ],
            new() { Outcome = SignInOutcome.Declined, Purpose = request.Details.Purpose.Recorded }, actor);
        return Refused(request.Details);
    }

    private ReportOutcome.Taken Refused(LoginRequestDetails details) =>
        new(details.AuthorizationId.Value, CallbackUrl(details, proof: false));

    /// <summary>
    /// Checks <c>max_age</c>, <c>prompt=login</c> and <c>acr_values</c>. Unmodified integrations do not know them: their reports are
    /// accepted, but without <c>auth_time</c> and <c>acr</c> in the tokens. A resource that requires a fresh login refuses them.
    /// </summary>
    private (LoginFacts Facts, ReportRefusal? Problem) Fresh(LoginRequestDetails details, LoginFacts facts, DateTimeOffset now)
    {
        // Only a client asks for a fresh login.
        if (details.Purpose is not LoginPurpose.Authorization { Request: var asked, ResourceId: var resource })
        {
            return (facts, null);
        }

        var requiresFreshLogin = configuration.Current.Find(resource)?.RequiresFreshLogin == true;
        var earliest = asked.MaxAge is { } age ? now.AddSeconds(-age) - ClockSkew
            : Scope.Parse(asked.Prompt).Contains("login") ? details.CreatedAt - ClockSkew
            : (DateTimeOffset?)null;
        if (earliest is not null && !(facts.AuthTime >= earliest))
        {
            if (requiresFreshLogin)
            {
                return (facts, ReportErrors.NotFresh("auth_time", "must be as recent as the client requires (max_age, prompt=login)").With(
                    Fact.Sent(FactNames.AuthTime, facts.AuthTime is { } at ? Time(at) : SentParameters.Missing),
                    Fact.Expected(FactNames.AuthTime, $"{Time(earliest.Value)} or later")));
            }

            facts = facts with { AuthTime = null };
        }

        if (asked.AcrValues is { } acrValues && !(facts.Acr is { } acr && Scope.Parse(acrValues).Contains(acr)))
        {
            if (requiresFreshLogin)
            {
                return (facts, ReportErrors.NotFresh("acr", "must be one of the acr_values that the client requested").With(
                    Fact.Sent(FactNames.Acr, facts.Acr ?? SentParameters.Missing), Fact.Expected(FactNames.Acr, acrValues)));
            }

            facts = facts with { Acr = null };
        }

        return (facts, null);
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("u", CultureInfo.InvariantCulture);

    private static ReportRefusal OtherUser(LoginReport second, LoginReport first) => ReportErrors.OtherUser.With(
        Fact.Sent(FactNames.Subject, second.User.Subject), Fact.Expected(FactNames.Subject, first.User.Subject));

    /// <summary>The report came at another stage than the one that waits for it.</summary>
    private static ReportRefusal OverAt(LoginRequest request) => ReportErrors.Over.With(
        Fact.Seen(FactNames.Stage, LoginRequestRow.StageOf(request)), Fact.Expected(FactNames.Stage, LoginRequestRow.AwaitingLogin));

    private ReportOutcome.Taken Taken(LoginRequestDetails details) => new(secrets.ProvenId(details), CallbackUrl(details, proof: true));

    private string CallbackUrl(LoginRequestDetails details, bool proof)
    {
        var callback = $"{settings.BaseUrl}/sso/v1/connections/{details.ConnectionId}/partner:callback?state={secrets.State(details)}";
        return proof ? $"{callback}&auth_request_id={secrets.ProvenId(details)}" : callback;
    }

    /// <summary>Records the refusal of a report. The answer ends with the reference of the sign-in.</summary>
    public ReportOutcome.Refused Refuse(LoginRequest request, ReportRefusal refusal, Actor actor)
    {
        var details = request.Details;
        refusals.Recorded(
            http: null, details.AuthorizationId, details.Id, UnattributedReports.EventName, refusal.Cause,
            [.. ClientOf(details), .. refusal.Facts], change: null, actor);
        return new(refusal.Problem.WithReference(SignInReference.Of(details.AuthorizationId)));
    }

    private static IEnumerable<Fact> ClientOf(LoginRequestDetails details) =>
        details.Purpose is LoginPurpose.Authorization asked ? [Fact.Seen(FactNames.ClientId, asked.ClientId.Value)] : [];

    private void RecordReported(LoginRequest.AwaitingReturn reported, ReportBody.Person person, Actor actor)
    {
        var user = person.Report.User;
        signIns.Record(
            reported.Details.AuthorizationId, reported.Details.Id, "login.reported",
            [
                Fact.Seen("sub", user.Subject),
                .. person.Ignored.Count > 0
                    ? [Fact.Sent("ignored_members", OAuthError.Printable(string.Join(", ", person.Ignored.Take(20))))]
                    : Array.Empty<Fact>(),
            ],
            new()
            {
                Outcome = SignInOutcome.Running,
                Station = Station.Return,
                DueAt = reported.ReturnBy,
                Subject = user.Subject,
                Email = user.Email,
            },
            actor.ToString());
    }
}
