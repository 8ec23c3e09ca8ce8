using Latchkey.Server.Configuration;
using Latchkey.Server.Pages;

namespace Latchkey.Server.LoginRequests;

/// <summary>The one place that decides where the browser goes next: the consent page, the client's redirect URI, or a final page.</summary>
internal sealed class NextStep(LoginSecrets secrets, ConfigurationCache configuration, TimeProvider clock)
{
    /// <summary>Returns the path of the consent page of a login request.</summary>
    public static string ConsentPath(LoginRequestId id) => $"/consent/{id}";

    public IResult Go(LoginRequest request)
    {
        var now = clock.GetUtcNow();
        return request switch
        {
            LoginRequest.AwaitingLogin or LoginRequest.AwaitingReturn => LoginErrors.NotReported.For(request.Details.AuthorizationId),
            LoginRequest.Refused or LoginRequest.AwaitingConsent or LoginRequest.AwaitingExchange when Deadlines.HasPassed(request, now) =>
                LoginErrors.Expired.For(request.Details.AuthorizationId),
            LoginRequest.Refused refused => AuthorizationResponse.Error(request.Details.Request, refused.Answer),
            LoginRequest.AwaitingConsent => new Redirection(StatusCodes.Status303SeeOther, ConsentPath(request.Details.Id)),
            LoginRequest.AwaitingExchange => AuthorizationResponse.Code(request.Details.Request, secrets.Code(request.Details)),
            LoginRequest.Exchanged => new PageResponse(new PageView.Finished(BrandOf(request.Details), ClientName: null)),
            LoginRequest.Ended { Answer: { } answer } when !Deadlines.HasPassed(request, now) =>
                AuthorizationResponse.Error(request.Details.Request, answer),
            LoginRequest.Ended => LoginErrors.Over.For(request.Details.AuthorizationId),
        };
    }

    private Brand BrandOf(LoginRequestDetails details) =>
        configuration.Current.Find(details.ResourceId) is { } resource
            ? new(resource.Name, resource.LogoUri)
            : new("Latchkey", LogoUri: null);
}
