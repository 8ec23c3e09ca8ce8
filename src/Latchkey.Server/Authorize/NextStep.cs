using Latchkey.Server.Configuration;
using Latchkey.Server.Consent;
using Latchkey.Server.Login;
using Latchkey.Server.Pages;

namespace Latchkey.Server.Authorize;

/// <summary>The one place that decides where the browser goes next: the consent page, the client's redirect URI, or a final page.</summary>
internal sealed class NextStep(LoginSecrets secrets, ConfigurationCache configuration, TimeProvider clock)
{
    public IResult Go(AuthRequest request)
    {
        var now = clock.GetUtcNow();
        return request switch
        {
            AuthRequest.AwaitingLogin or AuthRequest.AwaitingReturn => LoginRefusals.NotReported.For(request.Visit.AuthRequestId),
            AuthRequest.Refused or AuthRequest.AwaitingConsent or AuthRequest.AwaitingExchange when Deadlines.HasPassed(request, now) => LoginRefusals.Expired.For(request.Visit.AuthRequestId),
            AuthRequest.Refused refused => AuthorizeAnswer.Error(request.Visit.Request, refused.Answer),
            AuthRequest.AwaitingConsent => new Redirection(StatusCodes.Status303SeeOther, ConsentEndpoint.PathOf(request.Visit.Id)),
            AuthRequest.AwaitingExchange => AuthorizeAnswer.Code(request.Visit.Request, secrets.Code(request.Visit)),
            AuthRequest.Exchanged => new PageAnswer(new PageView.Finished(BrandOf(request.Visit), ClientName: null)),
            AuthRequest.Ended { Answer: { } answer } when !Deadlines.HasPassed(request, now) => AuthorizeAnswer.Error(request.Visit.Request, answer),
            AuthRequest.Ended => LoginRefusals.Over.For(request.Visit.AuthRequestId),
        };
    }

    private Brand BrandOf(LoginVisit details) =>
        configuration.Current.Find(details.ResourceId) is { } resource ? new(resource.Name, resource.LogoUri) : new("Latchkey", LogoUri: null);
}
