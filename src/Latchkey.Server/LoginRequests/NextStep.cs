using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Pages;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.LoginRequests;

/// <summary>
/// The one place that decides where the browser goes next: the consent page, the client's redirect URI, or a final page. Nothing is sent to
/// a client or redirect URI that the present policy refuses.
/// </summary>
internal sealed class NextStep(
    LoginSecrets secrets, PresentPolicy policy, ClientTrust trust, ConfigurationCache configuration, RefusalLog refusals,
    Settings settings, TimeProvider clock)
{
    /// <summary>Returns the path of the consent page of a login request.</summary>
    public static string ConsentPath(LoginRequestId id) => $"/consent/{id}";

    /// <summary>
    /// The path of the page at which a login request without a client ends. The page checks for itself whom it shows what: the browser
    /// comes from another site, so the callback does not have the cookies that the page needs (<c>SameSite=Strict</c>).
    /// </summary>
    public static string OwnPath(LoginRequestDetails details) => details.Purpose switch
    {
        LoginPurpose.Account => $"/account/sign-in/{details.Id}",
        LoginPurpose.Test => $"/dashboard/login-pages/{details.ConnectionId}/test/{details.Id}",
        LoginPurpose.Authorization => throw new InvalidOperationException($"{details.Id} ends at its client."),
    };

    public async Task<IResult> GoAsync(
        HttpContext http, LoginRequest request, Arrival arrival, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return request switch
        {
            LoginRequest.AwaitingLogin or LoginRequest.AwaitingReturn => Page(http, request, LoginErrors.NotReported),
            LoginRequest.Refused or LoginRequest.AwaitingConsent or LoginRequest.AwaitingExchange when Deadlines.HasPassed(request, now) =>
                await TooLateAsync(http, request, cancellationToken),
            LoginRequest.Confirmed when Deadlines.HasPassed(request, now) => Page(http, request, LoginErrors.Over),
            LoginRequest.Exchanged => new PageResponse(new PageView.Finished(BrandOf(request.Details), ConsentPath(request.Details.Id))),
            LoginRequest.Ended { Reason: EndReason.ClientChanged or EndReason.ClientDeleted or EndReason.ClientExpired } ended =>
                Page(http, request, LoginErrors.NoLongerOffered.With(Fact.Seen(FactNames.Reason, ended.Reason.ToString()))),
            LoginRequest.Ended { Answer: null } ended => Page(http, request, OverBecause(ended)),
            LoginRequest.Ended ended when Deadlines.HasPassed(request, now) => Page(http, request, OverBecause(ended)),
            _ => await policy.OfAsync(request, cancellationToken) switch
            {
                PolicyAnswer.Refused refused => Refuse(http, request, refused.Why),
                PolicyAnswer.AllowedHere => new Redirection(StatusCodes.Status303SeeOther, OwnPath(request.Details)),
                PolicyAnswer.Allowed allowed => Go(request, allowed, arrival),
            },
        };
    }

    private IResult Go(LoginRequest request, PolicyAnswer.Allowed allowed, Arrival arrival) => request switch
    {
        LoginRequest.Refused refused => Reject(refused, allowed),
        LoginRequest.AwaitingExchange =>
            Respond(request, allowed, AuthorizationResponse.Code(request.Details.Request, secrets.Code(request.Details)), arrival),
        LoginRequest.Ended { Answer: { } answer } => Respond(
            request, allowed, AuthorizationResponse.Error(request.Details.Request, answer, request.Details.AuthorizationId), arrival),
        _ => new Redirection(StatusCodes.Status303SeeOther, ConsentPath(request.Details.Id)),
    };

    /// <summary>
    /// The page for a step that came after its deadline, which names the cause. Where the present policy still allows the login request,
    /// the page offers the authorization request again. Only the browser that began the login request gets here.
    /// </summary>
    public async Task<PageResponse> TooLateAsync(HttpContext http, LoginRequest request, CancellationToken cancellationToken)
    {
        var page = LoginErrors.TooLate(request, settings).With(Deadlines.FactsOf(request, clock.GetUtcNow()));
        refusals.Refused(http, request.Details.AuthorizationId, request.Details.Id, EventOfDelay(request), page.Cause, page.Facts);
        var isOver = request is LoginRequest.Confirmed or LoginRequest.AwaitingExchange or LoginRequest.Exchanged or LoginRequest.Ended;
        var again = !isOver && await policy.OfAsync(request, cancellationToken) is PolicyAnswer.Allowed { Client.RequiresPush: false }
            ? AuthorizationRequestUrl.Of(request.Details.Request, request.Details.ClientId)
            : null;
        return (page with { Brand = BrandOf(request.Details) }).For(request.Details.AuthorizationId, startAgain: again);
    }

    private static string EventOfDelay(LoginRequest request) => request switch
    {
        LoginRequest.AwaitingLogin or LoginRequest.Refused => "login.expired",
        LoginRequest.AwaitingReturn => "callback.expired",
        LoginRequest.AwaitingConsent => "consent.expired",
        LoginRequest.Confirmed or LoginRequest.AwaitingExchange or LoginRequest.Exchanged or LoginRequest.Ended => "response.expired",
    };

    private static ErrorPage OverBecause(LoginRequest.Ended ended) =>
        LoginErrors.Over.With(Fact.Seen(FactNames.Reason, ended.Reason.ToString()));

    private PageResponse Page(HttpContext http, LoginRequest request, ErrorPage page) =>
        (page with { Brand = BrandOf(request.Details) }).Of(refusals, http, request.Details.AuthorizationId, request.Details.Id);

    /// <summary>The page for a login request that the present policy refuses.</summary>
    public IResult Refuse(HttpContext http, LoginRequest request, PolicyRefusal why)
    {
        var page = why == PolicyRefusal.ConnectionGone && request is LoginRequest.AwaitingLogin or LoginRequest.AwaitingReturn
            ? LoginErrors.ConnectionDisabled
            : LoginErrors.NoLongerOffered;
        return (page with { Brand = BrandOf(request.Details) }).With(Fact.Seen(FactNames.Reason, PolicyRefusals.Sentence(why)))
            .Of(refusals, http, request.Details.AuthorizationId, request.Details.Id, "login.policy_changed");
    }

    /// <summary>
    /// The person has not acted on a page of this server, and a link of another page may have led here: only a redirect to loopback or to
    /// a client that is vouched for follows, because everything else would be an open redirect (RFC 9700 §4.11.2).
    /// </summary>
    private IResult Reject(LoginRequest.Refused refused, PolicyAnswer.Allowed allowed)
    {
        var response = AuthorizationResponse.Error(refused.Details.Request, refused.Answer, refused.Details.AuthorizationId);
        return trust.GoesOnByItself(allowed.Client, allowed.Resource, refused.Details.Request.RedirectUri)
            ? response.Send()
            : (LoginErrors.Unsent(refused.Answer) with { Brand = allowed.Resource.Brand })
                .For(refused.Details.AuthorizationId, response.Return);
    }

    /// <summary>After the person's decision. A program of the device is only started by a click on a page of this server.</summary>
    private static IResult Respond(
        LoginRequest request, PolicyAnswer.Allowed allowed, AuthorizationResponse response, Arrival arrival) =>
        arrival == Arrival.Navigation && RedirectUri.IsPrivateUse(response.RedirectUri)
            ? new PageResponse(new PageView.Continue(allowed.Resource.Brand, response.Return, ConsentPath(request.Details.Id)))
            : response.Send();

    public Brand BrandOf(LoginRequestDetails details) =>
        details.Purpose is LoginPurpose.Authorization { ResourceId: var id } && configuration.Current.Find(id) is { } resource
            ? resource.Brand
            : new("Latchkey");
}

/// <summary>How the browser came to a step of a login request.</summary>
internal enum Arrival
{
    /// <summary>By a redirect, a reload, Back, or a link of any page.</summary>
    Navigation,

    /// <summary>By a click on a page of this server, which the form token proves.</summary>
    Click,
}
