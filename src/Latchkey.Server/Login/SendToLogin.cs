using Latchkey.Server.Authorize;
using Latchkey.Server.Configuration;
using Latchkey.Server.Journeys;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Latchkey.Server.Ports;

namespace Latchkey.Server.Login;

/// <summary>
/// Begins a visit to the company's login page:
/// 1. counts the visits this browser has open; 2. writes the login request; 3. sets its cookie and redirects to the login URL with exactly
/// <c>login_request_id</c> and <c>state</c> added.
/// </summary>
internal sealed class SendToLogin(
    AuthRequestStore store,
    LoginSecrets secrets,
    BindingCookie cookies,
    KeyRing keys,
    ConfigurationCache configuration,
    NextStep next,
    ClientAddress address,
    JourneyRecorder journeys,
    Settings settings,
    TimeProvider clock)
{
    public async Task<IResult> BeginAsync(HttpContext http, AuthRequestId id, AuthorizeOutcome.Accepted accepted, PushedRequest? pushed, CancellationToken cancellationToken)
    {
        if (!await HasRoomAsync(http, cancellationToken))
        {
            journeys.Record(id, null, "authorize.refused", "Ten sign-ins are open in this browser already; an eleventh was refused.");
            return AuthorizeRefusals.TooManyLogins.For(id);
        }

        var visit = NewVisit(id, accepted);
        if (!await store.BeginAsync(new AuthRequest.AwaitingLogin(visit), pushed, cancellationToken))
        {
            journeys.Record(id, null, "authorize.refused", "The pushed request was used by another visit at the same moment.");
            return AuthorizeRefusals.UnknownRequestUri.For(id);
        }

        journeys.Record(
            id, visit.Id, "authorize.accepted",
            $"{accepted.Client.Name} ({accepted.Client.Id}) asks for '{accepted.Request.Scope}' at {accepted.Resource.Name} ({accepted.Resource.Id}); the browser, at {address.Of(http)}, was sent to the login page of {accepted.Connection.Id}.");
        foreach (var deviation in accepted.Deviations)
        {
            journeys.Record(id, visit.Id, Deviation.EventName, deviation.Detail);
        }

        return Go(http, visit, accepted.Connection.LoginUrl, StatusCodes.Status302Found);
    }

    /// <summary>Where a visit of this browser stands: back to the login page while that is awaited. Null: the visit is not this browser's.</summary>
    public async Task<IResult?> ResumeAsync(HttpContext http, LoginRequestId id, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is not { } request || !secrets.IsBinding(request.Visit, cookies.Read(http.Request, id)) ? null
        : request is AuthRequest.AwaitingLogin && configuration.Current.Find(request.Visit.ConnectionId) is { } connection ? Go(http, request.Visit, connection.LoginUrl, StatusCodes.Status302Found)
        : next.Go(request);

    /// <summary>Sets the cookie and redirects; also the last step of "not you".</summary>
    public IResult Go(HttpContext http, LoginVisit visit, string loginUrl, int status)
    {
        // A report in the last moment still leaves the browser its time to come back.
        cookies.Set(http.Response, visit, settings.LoginRequestLifetime + settings.ReportLifetime);
        return new Redirection(
            status,
            AuthorizeAnswer.WithQuery(loginUrl, [new("login_request_id", visit.Id.Value), new("state", secrets.State(visit))]));
    }

    public LoginVisit NewVisit(AuthRequestId id, AuthorizeOutcome.Accepted accepted)
    {
        var now = clock.GetUtcNow();
        return new(
            LoginRequestId.New(), id, accepted.Connection.Id, accepted.Resource.Id, accepted.Client.Id, keys.CurrentDerivationKey.Id,
            accepted.Connection.Verification, accepted.Request, now, now + settings.LoginRequestLifetime);
    }

    /// <summary>Cookies of finished and expired visits make room first.</summary>
    private async Task<bool> HasRoomAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var held = cookies.Held(http.Request);
        if (held.Count < BindingCookie.MaxPerBrowser)
        {
            return true;
        }

        var open = 0;
        foreach (var id in held.Take(BindingCookie.MaxPerBrowser * 2))
        {
            if (await store.FindAsync(id, cancellationToken) is { } request && Deadlines.IsOpen(request, clock.GetUtcNow()))
            {
                open++;
            }
            else
            {
                cookies.Delete(http.Response, id);
            }
        }

        return open < BindingCookie.MaxPerBrowser;
    }
}
