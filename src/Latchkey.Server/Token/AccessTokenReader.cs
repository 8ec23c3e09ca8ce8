using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Token;

/// <summary>What an access token of ours says about itself.</summary>
internal sealed record AccessToken(string TokenId, ClientId ClientId, GrantId? GrantId, DateTimeOffset ExpiresAt);

/// <summary>Reads access tokens this server signed and that have not expired. Nothing a token says about keys is followed (<c>jku</c>, <c>x5u</c>, <c>jwk</c>).</summary>
internal sealed class AccessTokenReader(KeyRing keys, TimeProvider clock)
{
    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    public async Task<AccessToken?> ReadAsync(string token)
    {
        var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidTypes = ["at+jwt"],
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKeys = keys.SigningKeys.Select(k => k.Key),
            TryAllIssuerSigningKeys = false,
            // Issuer and audience differ by resource; the signature already says that the token is ours.
            ValidateIssuer = false,
            ValidateAudience = false,
            LifetimeValidator = (_, expires, _, _) => expires > clock.GetUtcNow().UtcDateTime,
        });
        if (!result.IsValid || result.SecurityToken is not JsonWebToken jwt)
        {
            return null;
        }

        return jwt.TryGetPayloadValue<string>("client_id", out var client)
            ? new(jwt.Id, new(client), jwt.TryGetPayloadValue<string>("grant_id", out var grant) ? GrantId.Parse(grant) : null, new DateTimeOffset(jwt.ValidTo, TimeSpan.Zero))
            : null;
    }
}
