using Latchkey.Server.ApiClients;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Login;

/// <summary>
/// Records reports of callers that may not report for the login request, or of none that exists. The answer has the reference of an event
/// of its own, so that a caller cannot tell a foreign login request from an unknown one. The event is repeated in the sign-in, if there is
/// one.
/// </summary>
internal sealed class UnattributedReports(LoginRequestStore store, RefusalLog refusals)
{
    public const string EventName = "login.report_refused";

    /// <param name="caller">
    /// Null when the caller is not known. A credential of another login page leaves nothing in the sign-in.
    /// </param>
    /// <param name="loginRequest">The id as sent.</param>
    /// <returns>The answer, with the reference of the event.</returns>
    public async Task<Problem> RefuseAsync(
        HttpContext http, ApiClient? caller, string connection, string loginRequest, ReportRefusal refusal,
        CancellationToken cancellationToken)
    {
        Fact[] facts =
        [
            Fact.Sent(FactNames.ConnectionId, connection), Fact.Sent(FactNames.LoginRequestId, loginRequest), .. refusal.Facts,
        ];
        var id = AuthorizationId.New();
        var found = refusals.Refused(http, id, loginRequest: null, EventName, refusal.Cause, facts);

        // A flood of these is counted and looks nothing up.
        if (found == id
            && LoginRequestId.Parse(loginRequest) is { } parsed
            && await store.FindAsync(parsed, cancellationToken) is { } request
            && caller?.MayReportFor(request.Details.ConnectionId) != false)
        {
            var cause = refusal.Cause == LogInCauses.ReportOfUnknownLogin ? LogInCauses.ReportOfAnotherConnection : refusal.Cause;
            refusals.Repeat(
                http, request.Details.AuthorizationId, parsed, EventName, cause,
                [.. facts, Fact.Expected(FactNames.ConnectionId, request.Details.ConnectionId.Value)]);
        }

        return refusal.Problem.WithReference(SignInReference.Of(found));
    }
}
