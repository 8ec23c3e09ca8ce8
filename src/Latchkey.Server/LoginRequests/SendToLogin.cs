using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Keys;
using Latchkey.Server.Network;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.LoginRequests;

/// <summary>
/// Starts a login request:
/// 1. counts the open login requests of this browser; 2. stores the login request; 3. sets the binding cookie and redirects to the login
/// URL with exactly <c>login_request_id</c> and <c>state</c> added.
/// </summary>
internal sealed class SendToLogin(
    LoginRequestStore store,
    LoginSecrets secrets,
    BindingCookie cookies,
    KeyRing keys,
    ConfigurationCache configuration,
    NextStep next,
    ClientTrust trust,
    ClientAddress address,
    SignInRecorder signIns,
    Settings settings,
    TimeProvider clock)
{
    public async Task<IResult> BeginAsync(
        HttpContext http, AuthorizationId id, AcceptedRequest accepted, PushedRequest? pushed, CancellationToken cancellationToken)
    {
        if (!await IsBelowLimitAsync(http, cancellationToken))
        {
            signIns.Record(id, null, "authorize.refused", "Ten sign-ins are already open in this browser, so this one was refused.");
            return LoginErrors.TooManyLogins.For(id);
        }

        var details = NewDetails(id, accepted);
        if (!await store.BeginAsync(new LoginRequest.AwaitingLogin(details), pushed, cancellationToken))
        {
            signIns.Record(id, null, "authorize.refused", "Another login request used the pushed request at the same time.");
            return LoginErrors.UnknownRequestUri.For(id);
        }

        signIns.Record(
            id, details.Id, "authorize.accepted",
            $"{trust.LabelOf(accepted.Client, accepted.Request.RedirectUri)} "
            + $"({accepted.Client.Id}) requested '{accepted.Request.Scope}' at {accepted.Resource.Name} "
            + $"({accepted.Resource.Id}); the browser, at {address.Of(http)}, was sent to the login page of {accepted.Connection.Id}.");
        foreach (var quirk in accepted.Quirks)
        {
            signIns.Record(id, details.Id, ClientQuirk.EventName, quirk.Detail);
        }

        return Go(http, details, accepted.Connection.LoginUrl, StatusCodes.Status302Found);
    }

    /// <summary>Returns to the current step of a login request, or null when this browser did not start it.</summary>
    public async Task<IResult?> ResumeAsync(HttpContext http, LoginRequestId id, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is not { } request
        || !secrets.IsBinding(request.Details, cookies.Read(http.Request, id))
            ? null
        : request is LoginRequest.AwaitingLogin && configuration.Current.Find(request.Details.ConnectionId) is { } connection
            ? Go(http, request.Details, connection.LoginUrl, StatusCodes.Status302Found)
        : await next.GoAsync(request, Arrival.Navigation, cancellationToken);

    /// <summary>Sets the binding cookie and redirects to the login page. Also used for "not you".</summary>
    public IResult Go(HttpContext http, LoginRequestDetails details, string loginUrl, int status)
    {
        // A report that arrives at the deadline still leaves the browser time to return.
        cookies.Set(http.Response, details, settings.LoginRequestLifetime + settings.ReportLifetime);
        return new Redirection(
            status,
            AuthorizationResponse.WithQuery(loginUrl, [new("login_request_id", details.Id.Value), new("state", secrets.State(details))]));
    }

    public LoginRequestDetails NewDetails(AuthorizationId id, AcceptedRequest accepted)
    {
        var now = clock.GetUtcNow();
        return new()
        {
            Id = LoginRequestId.New(),
            AuthorizationId = id,
            ConnectionId = accepted.Connection.Id,
            ResourceId = accepted.Resource.Id,
            ClientId = accepted.Client.Id,
            DeriveKey = keys.CurrentDerivationKey.Id,
            Verification = accepted.Connection.Verification,
            Request = accepted.Request,
            CreatedAt = now,
            LoginBy = now + settings.LoginRequestLifetime,
        };
    }

    /// <summary>Returns false at the limit of open login requests. Deletes the cookies of those that are finished or expired.</summary>
    private async Task<bool> IsBelowLimitAsync(HttpContext http, CancellationToken cancellationToken)
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
