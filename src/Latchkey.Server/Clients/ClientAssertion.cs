using System.Security.Cryptography;
using System.Text;
using Latchkey.Server.Credentials;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Clients;

/// <summary>
/// <c>private_key_jwt</c> (RFC 7523 §3, OpenID Connect Core §9):
/// 1. issuer and subject are the client; 2. the audience is this server; 3. the assertion expires within five minutes; 4. a published key
/// of the client signed it; 5. its <c>jti</c> is used once (replay).
/// </summary>
internal sealed class ClientAssertion(ClientStore store, ClientKeySets keySets, Settings settings, TimeProvider clock)
{
    private const int MaxIdLength = 255;
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);
    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = 16 * 1024 };

    /// <summary>Parses an assertion without validating it. Returns null when it is not a JWT.</summary>
    public static JsonWebToken? Read(string assertion)
    {
        try
        {
            return Handler.CanReadToken(assertion) ? Handler.ReadJsonWebToken(assertion) : null;
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or SecurityTokenException)
        {
            return null;
        }
    }

    /// <summary>Validates an assertion and consumes its <c>jti</c>. Returns null when the client is authenticated.</summary>
    /// <param name="client">The id of an OAuth client or an API client.</param>
    /// <param name="published">The client's keys. Null when it has none.</param>
    /// <param name="isKnown">Whether the client did not register itself, so its fetches have limits of their own.</param>
    public async Task<OAuthErrorResponse?> ValidateAsync(
        string client, ClientKeys? published, bool isKnown, JsonWebToken assertion, CancellationToken cancellationToken)
    {
        if (published is not { } keys)
        {
            return OAuthErrorResponse.WrongMethod;
        }

        if (await keySets.FindAsync(keys, assertion.Kid is { Length: > 0 } keyId ? keyId : null, isKnown, cancellationToken)
            is not { } candidates)
        {
            return OAuthErrorResponse.KeysUnavailable;
        }

        var now = clock.GetUtcNow();
        var result = await Handler.ValidateTokenAsync(assertion, new TokenValidationParameters
        {
            ValidIssuer = client,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSsaPssSha256],
            IssuerSigningKeys = candidates,
            TryAllIssuerSigningKeys = true,
            AudienceValidator = (audiences, _, _) => audiences.Any(IsThisServer),
            LifetimeValidator = (notBefore, expires, _, _) => expires is { } by
                && by > (now - ClockSkew).UtcDateTime
                && by <= (now + MaxLifetime + ClockSkew).UtcDateTime
                && !(notBefore > (now + ClockSkew).UtcDateTime),
        });
        return result is { IsValid: true, SecurityToken: JsonWebToken jwt }
            && jwt.Subject == client
            && jwt.Id is { Length: > 0 and <= MaxIdLength } id
            && await store.UseAssertionAsync(
                SHA256.HashData(Encoding.UTF8.GetBytes($"{client}\n{id}")),
                new DateTimeOffset(jwt.ValidTo, TimeSpan.Zero) + ClockSkew,
                cancellationToken)
                ? null
                : OAuthErrorResponse.WrongClient;
    }

    /// <summary>Whether the audience is an issuer of this server or a URL below one.</summary>
    private bool IsThisServer(string audience) =>
        audience == settings.BaseUrl || audience.StartsWith(settings.BaseUrl + "/", StringComparison.Ordinal);
}
