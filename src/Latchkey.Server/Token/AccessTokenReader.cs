using System.Text.Json;
using Latchkey.Server.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Token;

/// <summary>An access token of this server.</summary>
/// <param name="GrantId">Null when the client acts for itself.</param>
/// <param name="Claims">The whole payload.</param>
internal sealed record AccessToken(
    string TokenId, ClientId ClientId, ResourceId ResourceId, GrantId? GrantId, Scope Scope, DateTimeOffset ExpiresAt, JsonElement Claims);

/// <summary>Validates access tokens: signature and expiry. Ignores key references (<c>jku</c>, <c>x5u</c>, <c>jwk</c>).</summary>
internal sealed class AccessTokenReader(KeyRing keys, TimeProvider clock)
{
    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    public async Task<AccessToken?> ReadAsync(string token)
    {
        var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidTypes = ["at+jwt"],
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSsaPssSha256],
            IssuerSigningKeys = keys.SigningKeys.Select(k => k.Key),
            TryAllIssuerSigningKeys = false,
            // Issuer and audience differ per resource; the signature proves that this server issued the token.
            ValidateIssuer = false,
            ValidateAudience = false,
            LifetimeValidator = (_, expires, _, _) => expires > clock.GetUtcNow().UtcDateTime,
        });
        if (!result.IsValid || result.SecurityToken is not JsonWebToken jwt || ClaimsOf(jwt) is not { } claims)
        {
            return null;
        }

        return jwt.TryGetPayloadValue<string>("client_id", out var client)
            && jwt.Audiences.Select(ResourceId.Parse).FirstOrDefault(r => r is not null) is { } resource
                ? new(
                    jwt.Id,
                    new(client),
                    resource,
                    jwt.TryGetPayloadValue<string>("grant_id", out var grant) ? GrantId.Parse(grant) : null,
                    Scope.Parse(jwt.TryGetPayloadValue<string>("scope", out var scope) ? scope : null),
                    new DateTimeOffset(jwt.ValidTo, TimeSpan.Zero),
                    claims)
                : null;
    }

    /// <summary>Returns null when a claim is repeated, because readers would disagree about its value (RFC 7519 §4).</summary>
    private static JsonElement? ClaimsOf(JsonWebToken jwt)
    {
        try
        {
            using var payload = JsonDocument.Parse(
                Base64UrlEncoder.DecodeBytes(jwt.EncodedPayload), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return payload.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
