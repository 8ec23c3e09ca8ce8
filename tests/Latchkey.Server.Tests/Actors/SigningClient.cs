using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Tests.Actors;

/// <summary>A client with a metadata document and a key of its own.</summary>
internal sealed class SigningClient(WithClientHost host, Company company, string algorithm, int number)
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private static int clients;

    private SecurityKey key = NewKey(algorithm, number);
    private int assertions;
    private int rotations;

    public Company Company => company;

    public string KeysPage => $"client.example/signers/{number}/keys";

    public McpClient Client { get; } = new(
        company, $"https://client.example/signers/{number}", secret: null, "https://client.example/callback");

    public void Publish(ClientHost place, bool byUri, bool alsoNone)
    {
        place.Publish(Client.Id["https://".Length..], new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["client_id"] = Client.Id,
            ["client_name"] = "Signing",
            ["redirect_uris"] = new[] { Client.RedirectUri },
            ["grant_types"] = new[] { "authorization_code", "refresh_token" },
            ["token_endpoint_auth_method"] = "private_key_jwt",
            ["token_endpoint_auth_methods_supported"] = alsoNone ? new[] { "none", "private_key_jwt" } : ["private_key_jwt"],
            [byUri ? "jwks_uri" : "jwks"] = byUri ? $"https://{KeysPage}" : Jwks(),
        });
        place.Publish(KeysPage, Jwks());
    }

    public string KeyId => key.KeyId;

    /// <summary>The public key as JSON.</summary>
    public string Jwk => JsonSerializer.SerializeToElement(Jwks()).GetProperty("keys")[0].GetRawText();

    /// <param name="place">Null when the new key is not published.</param>
    public void Rotate(ClientHost? place)
    {
        key = NewKey(algorithm, number + (1000 * ++rotations));
        place?.Publish(KeysPage, Jwks());
    }

    /// <summary>Signs with ES256, whatever the header says.</summary>
    public string Sign(string header, string claims) =>
        RawJwt.Token(header, claims, input => ((ECDsaSecurityKey)key).ECDsa.SignData(input, HashAlgorithmName.SHA256));

    public string Assertion(params (string Claim, object? Value)[] changes) => Sign(Claims(changes));

    public Dictionary<string, object> Claims(params (string Claim, object? Value)[] changes)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["iss"] = Client.Id,
            ["sub"] = Client.Id,
            ["aud"] = company.Issuer,
            ["exp"] = host.Clock.GetUtcNow().AddMinutes(2).ToUnixTimeSeconds(),
            ["jti"] = $"{number}-{Interlocked.Increment(ref assertions)}",
        };
        foreach (var (claim, value) in changes)
        {
            claims.Remove(claim);
            if (value is not null)
            {
                claims[claim] = value;
            }
        }

        return claims;
    }

    public string Sign(Dictionary<string, object> claims) =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }
            .CreateToken(JsonSerializer.Serialize(claims), new SigningCredentials(key, algorithm));

    private static SecurityKey NewKey(string algorithm, int number) => algorithm == "ES256"
        ? new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = $"k{number}" }
        : new RsaSecurityKey(RSA.Create(2048)) { KeyId = $"k{number}" };

    private object Jwks()
    {
        var jwk = key switch
        {
            ECDsaSecurityKey ec => JsonWebKeyConverter.ConvertFromECDsaSecurityKey(ec),
            RsaSecurityKey rsa => JsonWebKeyConverter.ConvertFromRSASecurityKey(
                new RsaSecurityKey(rsa.Rsa.ExportParameters(false)) { KeyId = rsa.KeyId }),
            _ => throw new InvalidOperationException(),
        };
        return new
        {
            keys = new[] { jwk.Kty == "EC"
                ? (object)new { kty = jwk.Kty, kid = jwk.Kid, crv = jwk.Crv, x = jwk.X, y = jwk.Y }
                : new { kty = jwk.Kty, kid = jwk.Kid, n = jwk.N, e = jwk.E } }
        };
    }

    public static async Task<SigningClient> NewAsync(WithClientHost host, string algorithm, bool byUri = false, bool alsoNone = false)
    {
        var signer = new SigningClient(host, await host.NewCompanyAsync(), algorithm, Interlocked.Increment(ref clients));
        signer.Publish(host.Clients!, byUri, alsoNone);
        return signer;
    }

    public static (string Name, string? Value)[] Proof(string assertion, string? type = AssertionType) =>
        [("client_assertion", assertion), ("client_assertion_type", type)];

    public async Task<string> CodeAsync()
    {
        using var browser = new Browser(host);
        return await Client.CodeAsync(browser);
    }

    /// <summary>Redeems a new code with this assertion.</summary>
    public async Task<HttpResponseMessage> RedeemAsync(string assertion) => await Client.RedeemAsync(await CodeAsync(), Proof(assertion));
}
