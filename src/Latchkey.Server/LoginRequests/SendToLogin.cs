using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.Keys;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.LoginRequests;

/// <summary>
/// Starts a login request:
/// 1. keeps the number of login requests of this browser within its limit; 2. stores the login request; 3. sets the binding cookie and
/// redirects to the login URL with exactly <c>login_request_id</c> and <c>state</c> added.
/// </summary>
internal sealed class SendToLogin(
    LoginRequestStore store,
    LoginSecrets secrets,
    BindingCookie cookies,
    KeyRing keys,
    PresentPolicy policy,
    NextStep next,
    ClientTrust trust,
    SignInRecorder signIns,
    RefusalLog refusals,
    Settings settings,
    TimeProvider clock)
{
    public async Task<IResult> BeginAsync(
        HttpContext http, AuthorizationId id, AcceptedRequest accepted, PushedRequest? pushed, CancellationToken cancellationToken)
    {
        var details = NewDetails(id, accepted);
        if (!await store.BeginAsync(new LoginRequest.AwaitingLogin(details), pushed, cancellationToken))
        {
            var used = LoginErrors.UnknownRequestUri.With(Fact.Sent(FactNames.ClientId, accepted.Client.Id.Value));
            return used.For(refusals.Refused(
                http, id, loginRequest: null, "authorize.refused", used.Cause, used.Facts,
                new() { ClientId = accepted.Client.Id.Value, ResourceId = accepted.Resource.Id }));
        }

        RecordAccepted(http, details, accepted);
        await MakeRoomAsync(http, cancellationToken);
        return Go(http, details, accepted.Connection.LoginUrl, StatusCodes.Status302Found);
    }

    private void RecordAccepted(HttpContext http, LoginRequestDetails details, AcceptedRequest accepted)
    {
        var (client, redirectUri) = (accepted.Client, accepted.Request.RedirectUri);
        var name = trust.LabelOf(client, redirectUri);
        signIns.Record(
            details.AuthorizationId, details.Id, "authorize.accepted",
            [
                Fact.Seen("client_name", name), Fact.Seen("client_id", client.Id.Value), Fact.Seen("scope", accepted.Request.Scope),
                Fact.Seen("resource_name", accepted.Resource.Name), Fact.Seen("resource_id", accepted.Resource.Id.Value),
                signIns.AddressOf(http), Fact.Seen("connection_id", accepted.Connection.Id.Value),
            ],
            signIns.About(http, new()
            {
                Outcome = SignInOutcome.Running,
                Station = Station.LogIn,
                DueAt = details.LoginBy,
                ClientId = client.Id.Value,
                ClientName = name,
                Family = accepted.Request.Family ?? SignInChange.OtherFamily,
                Vouched = trust.IsTrusted(client, accepted.Resource, redirectUri),
                ResourceId = accepted.Resource.Id,
                ConnectionId = accepted.Connection.Id,
                RedirectHost = ClientTrust.TargetOf(redirectUri).Name,
                Tolerated = accepted.Quirks.Count > 0,
            }));
        foreach (var quirk in accepted.Quirks)
        {
            signIns.Record(details.AuthorizationId, details.Id, ClientQuirk.EventName, quirk.Facts);
        }
    }

    /// <summary>Returns to the current step of a login request, or null when this browser did not start it.</summary>
    public async Task<IResult?> ResumeAsync(HttpContext http, LoginRequestId id, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is not { } request
        || !secrets.IsBinding(request, cookies.Read(http.Request, id))
            ? null
        : request is LoginRequest.AwaitingLogin waiting ? await ResumeAsync(http, waiting, StatusCodes.Status302Found, cancellationToken)
        : await next.GoAsync(http, request, Arrival.Navigation, cancellationToken);

    /// <summary>Sends the browser to the present login page, as long as the present policy allows the login request.</summary>
    public async Task<IResult> ResumeAsync(
        HttpContext http, LoginRequest.AwaitingLogin waiting, int status, CancellationToken cancellationToken) =>
        Deadlines.HasPassed(waiting, clock.GetUtcNow())
            ? await next.TooLateAsync(http, waiting, cancellationToken)
            : await policy.OfAsync(waiting, cancellationToken) switch
            {
                PolicyAnswer.Allowed allowed => Go(http, waiting.Details, allowed.Connection.LoginUrl, status),
                PolicyAnswer.AllowedHere allowed => Go(http, waiting.Details, allowed.Connection.LoginUrl, status),
                PolicyAnswer.Refused refused => next.Refuse(http, waiting, refused.Why),
            };

    /// <summary>Sets the binding cookie and redirects to the login page. Also used for "not you".</summary>
    public IResult Go(HttpContext http, LoginRequestDetails details, string loginUrl, int status)
    {
        cookies.Set(http.Response, new LoginRequest.AwaitingLogin(details));
        return new Redirection(
            status,
            AuthorizationResponse.WithQuery(loginUrl, [new("login_request_id", details.Id.Value), new("state", secrets.State(details))]));
    }

    public LoginRequestDetails NewDetails(AuthorizationId id, AcceptedRequest accepted) => NewDetails(
        id, accepted.Connection, new LoginPurpose.Authorization(accepted.Client.Id, accepted.Resource.Id, accepted.Request));

    public LoginRequestDetails NewDetails(AuthorizationId id, Connection connection, LoginPurpose purpose)
    {
        var now = clock.GetUtcNow();
        return new()
        {
            Id = LoginRequestId.New(),
            AuthorizationId = id,
            ConnectionId = connection.Id,
            Purpose = purpose,
            DeriveKey = keys.CurrentDerivationKey.Id,
            Verification = connection.Verification,
            CreatedAt = now,
            LoginBy = now + settings.LoginRequestLifetime,
        };
    }

    /// <summary>
    /// Sends the browser that began a login request without a client to the login page, with its cookie. The caller has checked that it is
    /// this browser.
    /// </summary>
    public async Task<IResult> SendAsync(HttpContext http, LoginRequest.AwaitingLogin waiting, CancellationToken cancellationToken)
    {
        await MakeRoomAsync(http, cancellationToken);
        return await ResumeAsync(http, waiting, StatusCodes.Status302Found, cancellationToken);
    }

    /// <summary>
    /// Deletes cookies at the limit: first those of finished and expired login requests and those with a wrong value, then that of the
    /// oldest one that still waits for the person, because the newest is the one whose client is waiting now.
    /// </summary>
    private async Task MakeRoomAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var held = cookies.Held(http.Request);
        if (held.Count < BindingCookie.MaxPerBrowser)
        {
            return;
        }

        var open = new List<LoginRequestDetails>();
        foreach (var id in held.Take(BindingCookie.MaxPerBrowser * 2))
        {
            if (await store.FindAsync(id, cancellationToken) is { } request
                && secrets.IsBinding(request, cookies.Read(http.Request, id))
                && Deadlines.IsOpen(request, clock.GetUtcNow()))
            {
                open.Add(request.Details);
            }
            else
            {
                cookies.Delete(http.Response, id);
            }
        }

        foreach (var details in open.OrderByDescending(d => d.CreatedAt).Skip(BindingCookie.MaxPerBrowser - 1))
        {
            cookies.Delete(http.Response, details.Id);

            // A caller that sends deleted cookies again causes these events any number of times.
            signIns.RecordRepeatable(http, details.AuthorizationId, details.Id, "login.displaced", []);
        }
    }
}
