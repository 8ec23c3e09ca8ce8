using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Pages;

namespace Latchkey.Server.LoginRequests;

/// <summary>The one place that decides where the browser goes next: the consent page, the client's redirect URI, or a final page.</summary>
internal sealed class NextStep(
    LoginSecrets secrets, ClientCache clients, ClientTrust trust, ConfigurationCache configuration, TimeProvider clock)
{
    /// <summary>Returns the path of the consent page of a login request.</summary>
    public static string ConsentPath(LoginRequestId id) => $"/consent/{id}";

    public async Task<IResult> GoAsync(LoginRequest request, Arrival arrival, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return request switch
        {
            LoginRequest.AwaitingLogin or LoginRequest.AwaitingReturn => LoginErrors.NotReported.For(request.Details.AuthorizationId),
            LoginRequest.Refused or LoginRequest.AwaitingConsent or LoginRequest.AwaitingExchange when Deadlines.HasPassed(request, now) =>
                LoginErrors.Expired.For(request.Details.AuthorizationId),
            LoginRequest.Refused refused => await RefuseAsync(refused, cancellationToken),
            LoginRequest.AwaitingConsent => new Redirection(StatusCodes.Status303SeeOther, ConsentPath(request.Details.Id)),
            LoginRequest.AwaitingExchange =>
                Respond(AuthorizationResponse.Code(request.Details.Request, secrets.Code(request.Details)), arrival),
            LoginRequest.Exchanged => new PageResponse(new PageView.Finished(BrandOf(request.Details), ClientName: null)),
            LoginRequest.Ended { Answer: { } answer } when !Deadlines.HasPassed(request, now) =>
                Respond(AuthorizationResponse.Error(request.Details.Request, answer), arrival),
            LoginRequest.Ended => LoginErrors.Over.For(request.Details.AuthorizationId),
        };
    }

    /// <summary>
    /// The person has not acted on a page of this server, and a link of another page may have led here: only a redirect to loopback or to
    /// a client that is vouched for follows, because everything else would be an open redirect (RFC 9700 §4.11.2).
    /// </summary>
    private async Task<IResult> RefuseAsync(LoginRequest.Refused refused, CancellationToken cancellationToken)
    {
        var details = refused.Details;
        var redirectUri = details.Request.RedirectUri;
        if (await clients.FindAsync(details.ClientId, cancellationToken) is not { IsEnabled: true } client)
        {
            return LoginErrors.Over.For(details.AuthorizationId);
        }

        var response = AuthorizationResponse.Error(details.Request, refused.Answer);
        return trust.GoesOnByItself(client, configuration.Current.Find(details.ResourceId), redirectUri)
            ? response.Send()
            : LoginErrors.Unsent(refused.Answer).For(details.AuthorizationId, response.Return);
    }

    /// <summary>After the person's decision. A program of the device is only started by a click on a page of this server.</summary>
    private static IResult Respond(AuthorizationResponse response, Arrival arrival) =>
        arrival == Arrival.Navigation && RedirectUri.IsPrivateUse(response.RedirectUri)
            ? new PageResponse(new PageView.Continue(response.Return))
            : response.Send();

    private Brand BrandOf(LoginRequestDetails details) =>
        configuration.Current.Find(details.ResourceId) is { } resource
            ? new(resource.Name, resource.LogoUri)
            : new("Latchkey", LogoUri: null);
}

/// <summary>How the browser came to a step of a login request.</summary>
internal enum Arrival
{
    /// <summary>By a redirect, a reload, Back, or a link of any page.</summary>
    Navigation,

    /// <summary>By a click on a page of this server, which the form token proves.</summary>
    Click,
}
