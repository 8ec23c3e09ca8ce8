using Latchkey.Server.Clients;
using Latchkey.Server.Http;
using Latchkey.Server.Journeys;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Token;

/// <summary>Finds the accepted deviations of a successful token request from the specifications.</summary>
internal static class ToleratedTokenRequest
{
    public static IEnumerable<Deviation> DeviationsOf(HttpRequest request, RequestParameters form, Client client, string baseUrl)
    {
        if (form["resource"] is null)
        {
            yield return Deviation.ResourceMissingAtToken;
        }

        var basic = BasicCredentials.HeadersOf(request).Count > 0;
        switch (client.Class)
        {
            case ClientClass.Public when basic:
                yield return Deviation.EmptySecret;
                break;

            case ClientClass.Secret when basic != (client.TokenEndpointAuthMethod == "client_secret_basic"):
                yield return Deviation.OtherSecretMethod;
                break;

            case ClientClass.Key when ClientAssertion.Read(form["client_assertion"]!)?.Audiences.Any(a => IsIssuer(a, baseUrl)) != true:
                yield return Deviation.AssertionAudience;
                break;
        }

        if (BearerTokens.Of(request).Count > 0)
        {
            yield return Deviation.BearerAtToken;
        }
    }

    private static bool IsIssuer(string audience, string baseUrl) =>
        audience == baseUrl || (audience.StartsWith(baseUrl + "/resources/", StringComparison.Ordinal) && audience.IndexOf('/', baseUrl.Length + "/resources/".Length) < 0);
}
