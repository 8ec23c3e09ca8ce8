using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Limits;
using Latchkey.Server.Network;
using Latchkey.Server.Refusals;

namespace Latchkey.Server.Token;

/// <summary>
/// Authenticates an API client at an OAuth endpoint by its management token. A request with client credentials is left to
/// <see cref="ClientAuthentication"/>, because SDKs send stale bearer tokens beside them.
/// </summary>
internal sealed class ManagementBearer(
    ManagementTokenReader tokens, ApiClientAddresses addresses, ClientAddress address, RateLimits limits)
{
    private static readonly string[] Credentials = ["client_id", "client_secret", "client_assertion"];

    /// <summary>Returns null when the request has no bearer token, or has client credentials.</summary>
    public async Task<AuthenticatedClient?> AuthenticateAsync(HttpRequest request, RequestParameters form)
    {
        if (Credentials.Any(name => form[name] is not null) || BasicCredentials.HeadersOf(request).Count > 0
            || BearerTokens.Of(request) is not { Count: > 0 } bearers)
        {
            return null;
        }

        return bearers.Count == 1
            && await tokens.ReadAsync(bearers[0]) is { } client
            && addresses.Check(client, address.Of(request.HttpContext))
            ? new AuthenticatedClient.Backend(client)
            : new AuthenticatedClient.Refused(
                limits.FailureOfBearer(request.HttpContext) is { } exceeded
                    ? OAuthErrorResponse.TooManyFailures(exceeded, "wrong bearer tokens")
                    : OAuthErrorResponse.InvalidBearer,
                UsedBasic: false);
    }

    /// <summary>Whether the text is a valid management token.</summary>
    public async Task<bool> IsManagementTokenAsync(string token) => await tokens.ReadAsync(token) is not null;
}
