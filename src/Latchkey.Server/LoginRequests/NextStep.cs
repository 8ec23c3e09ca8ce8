using Latchkey.Server.Configuration;
using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.LoginRequests;

/// <summary>
/// The one place that decides where the browser goes next: the consent page, the client's redirect URI, or a final page. Nothing is sent to
/// a client or redirect URI that the present policy refuses.
/// </summary>
internal sealed class NextStep(
    LoginSecrets secrets, PresentPolicy policy, ConfigurationCache configuration, SignInRecorder signIns, TimeProvider clock)
{
    /// <summary>Returns the path of the consent page of a login request.</summary>
    public static string ConsentPath(LoginRequestId id) => $"/consent/{id}";

    public async Task<IResult> GoAsync(HttpContext http, LoginRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return request switch
        {
            LoginRequest.AwaitingLogin or LoginRequest.AwaitingReturn => LoginErrors.NotReported.For(request.Details.AuthorizationId),
            LoginRequest.Refused or LoginRequest.AwaitingConsent or LoginRequest.AwaitingExchange when Deadlines.HasPassed(request, now) =>
                LoginErrors.TooLate(request).For(request.Details.AuthorizationId),
            LoginRequest.Exchanged => new PageResponse(new PageView.Finished(BrandOf(request.Details), ClientName: null)),
            LoginRequest.Ended { Answer: null } => LoginErrors.Over.For(request.Details.AuthorizationId),
            LoginRequest.Ended when Deadlines.HasPassed(request, now) => LoginErrors.Over.For(request.Details.AuthorizationId),
            _ when await policy.OfAsync(request, cancellationToken) is PolicyAnswer.Refused refused => Refuse(http, request, refused.Why),
            LoginRequest.Refused refused => AuthorizationResponse.Error(request.Details.Request, refused.Answer),
            LoginRequest.AwaitingConsent => new Redirection(StatusCodes.Status303SeeOther, ConsentPath(request.Details.Id)),
            LoginRequest.AwaitingExchange => AuthorizationResponse.Code(request.Details.Request, secrets.Code(request.Details)),
            LoginRequest.Ended ended => AuthorizationResponse.Error(request.Details.Request, ended.Answer!),
        };
    }

    /// <summary>The page for a login request that the present policy refuses.</summary>
    public IResult Refuse(HttpContext http, LoginRequest request, PolicyRefusal why)
    {
        signIns.Refused(
            http, request.Details.AuthorizationId, request.Details.Id, "login.policy_changed",
            $"The present policy refuses this sign-in: {why}.");
        return (why == PolicyRefusal.ConnectionGone && request is LoginRequest.AwaitingLogin or LoginRequest.AwaitingReturn
            ? LoginErrors.ConnectionDisabled
            : LoginErrors.NoLongerOffered).For(request.Details.AuthorizationId);
    }

    private Brand BrandOf(LoginRequestDetails details) =>
        configuration.Current.Find(details.ResourceId) is { } resource
            ? new(resource.Name, resource.LogoUri)
            : new("Latchkey", LogoUri: null);
}
