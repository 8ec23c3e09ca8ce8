using System.Buffers.Text;
using System.Text.Json;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Token;

/// <summary>
/// Validates management tokens. They have their own type, audience and key, so that no access token of a user and no ID token is accepted.
/// </summary>
internal sealed class ManagementTokenReader(
    KeyRing keys, ConfigurationCache configuration, TokenIssuer issuer, Settings settings, TimeProvider clock)
{
    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    /// <summary>Returns the API client as it is configured now, or null if the token is not valid or its client is
    /// deleted or disabled.</summary>
    public async Task<ApiClient?> ReadAsync(string token)
    {
        var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidTypes = [TokenIssuer.ManagementTokenType],
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidAudience = issuer.ManagementAudience,
            ValidIssuer = settings.BaseUrl,
            IssuerSigningKeys = keys.ApiTokenKeys,
            TryAllIssuerSigningKeys = false,
            LifetimeValidator = (notBefore, expires, _, _) =>
                expires > clock.GetUtcNow().UtcDateTime && !(notBefore > clock.GetUtcNow().UtcDateTime),
        });
        return result.IsValid
            && result.SecurityToken is JsonWebToken jwt
            && HasEveryClaimOnce(jwt)
            && ApiClientId.Parse(jwt.Subject) is { } id
            && configuration.Current.Find(id) is { IsEnabled: true } client
                ? client
                : null;
    }

    /// <summary>Two readers may take different values of a claim that is repeated (RFC 7519 §4).</summary>
    private static bool HasEveryClaimOnce(JsonWebToken jwt)
    {
        try
        {
            var payload = Base64Url.DecodeFromChars(jwt.EncodedPayload);
            using var claims = JsonDocument.Parse(payload, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
