using Latchkey.Server.Clients;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Token;

/// <summary>Finds the accepted deviations of a successful token request from the specifications.</summary>
internal static class TokenRequestQuirks
{
    public static IEnumerable<ClientQuirk> QuirksOf(HttpRequest request, RequestParameters form, Client client, string baseUrl)
    {
        if (form["resource"] is null)
        {
            yield return ClientQuirk.ResourceMissingAtToken;
        }

        var basic = BasicCredentials.HeadersOf(request).Count > 0;
        switch (client.Class)
        {
            case ClientClass.Public when basic:
                yield return ClientQuirk.EmptySecret;
                break;

            case ClientClass.Secret when basic != (client.TokenEndpointAuthMethod == "client_secret_basic"):
                yield return ClientQuirk.OtherSecretMethod;
                break;

            case ClientClass.Key when AssertionJwt.Read(form["client_assertion"]!) is { } assertion
                && ClientAssertion.IsForThisServer(assertion, request, baseUrl, out var isIssuer) && !isIssuer:
                yield return ClientQuirk.AssertionAudience;
                break;
        }

        if (BearerTokens.Of(request).Count > 0)
        {
            yield return ClientQuirk.BearerAtToken;
        }
    }
}
