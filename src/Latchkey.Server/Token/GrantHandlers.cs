using Latchkey.Server.Clients;
using Latchkey.Server.Network;

namespace Latchkey.Server.Token;

/// <summary>A token request of an authenticated client that may use the grant type.</summary>
/// <param name="Issuer">The issuer whose token endpoint was called: the environment or a resource.</param>
internal sealed record TokenRequest(Client Client, RequestParameters Form, Issuer Issuer, HttpContext Http);

/// <summary>Issues the tokens of one grant type.</summary>
internal sealed record GrantHandler(GrantType Type, Func<TokenRequest, CancellationToken, Task<TokenOutcome>> IssueAsync);

/// <summary>To add a grant type: an entry in <see cref="GrantType"/>, a class that issues its tokens, and one line here.</summary>
internal static class GrantHandlers
{
    public static void Add(IServiceCollection services)
    {
        Handle<AuthorizationCodeGrant>(services, GrantType.AuthorizationCode, (grant, _) =>
            (request, cancel) => grant.RedeemAsync(request, cancel));
        Handle<RefreshTokenGrant>(services, GrantType.RefreshToken, (grant, provider) =>
        {
            var address = provider.GetRequiredService<ClientAddress>();
            return (request, cancel) =>
                grant.RefreshAsync(request, Presenter.Of(request.Http, address), cancel);
        });
        Handle<ClientCredentialsGrant>(services, GrantType.ClientCredentials, (grant, _) =>
            (request, _) => Task.FromResult(grant.Issue(request.Client, request.Form, request.Issuer)));
    }

    private static void Handle<T>(
        IServiceCollection services,
        GrantType type,
        Func<T, IServiceProvider, Func<TokenRequest, CancellationToken, Task<TokenOutcome>>> issue)
        where T : class =>
        services.AddSingleton<T>().AddSingleton(provider => new GrantHandler(type, issue(provider.GetRequiredService<T>(), provider)));
}
