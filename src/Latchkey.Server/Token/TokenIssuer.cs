using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Grants;
using Latchkey.Server.Keys;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Resources;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Token;

/// <summary>
/// Issues access tokens: signed JWTs of type <c>at+jwt</c> (RFC 9068), which MCP servers verify offline with the key set. The audience is
/// an array of the resource's id, its URI, and other spellings of the URI that the client used (RFC 8707 §2). There is no <c>nbf</c>: a
/// token is valid at once, and an MCP server whose clock is behind would refuse it. <c>custom_attributes</c> of the report become
/// <c>custom_claims</c> and cannot set other claims.
/// </summary>
internal sealed class TokenIssuer(KeyRing keys, ConfigurationCache configuration, Settings settings, TimeProvider clock)
{
    public const string ManagementTokenType = "lk-api+jwt";
    public static readonly TimeSpan ManagementTokenLifetime = TimeSpan.FromHours(1);

    /// <summary>Short, because clients read the ID token once, at sign-in.</summary>
    private static readonly TimeSpan IdTokenLifetime = TimeSpan.FromMinutes(10);

    private static readonly Dictionary<string, object> AccessTokenHeader = new(StringComparer.Ordinal) { ["typ"] = "at+jwt" };
    private static readonly Dictionary<string, object> IdTokenHeader = new(StringComparer.Ordinal) { ["typ"] = "JWT" };
    private static readonly Dictionary<string, object> ManagementTokenHeader =
        new(StringComparer.Ordinal) { ["typ"] = ManagementTokenType };
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>The audience of management tokens. Not usable by resources: URIs on this server's origin are refused.</summary>
    public string ManagementAudience => settings.BaseUrl + "/api";

    /// <summary>Issues an access token for a person's grant.</summary>
    /// <param name="scope">The scope of this token: the grant's, or a narrower one that a refresh requested.</param>
    /// <param name="lifetime">That of <see cref="Grant.AccessTokenLifetime"/>.</param>
    /// <param name="asked">The values of <c>resource</c> in the token request.</param>
    public string Issue(
        Grant grant, UserSnapshot user, Resource resource, Scope scope, TimeSpan lifetime, IEnumerable<string> asked) =>
        Sign(resource, json =>
    {
        WriteCommon(json, resource, grant.ResourceSpellings.Concat(asked), grant.Subject, grant.ClientId, scope, lifetime);
        json.WriteString("grant_id", grant.Id.Value);
        json.WriteString("connection_id", grant.ConnectionId.Value);
        WriteLogin(json, grant.Login);
        WriteUser(json, user, grant.Organization ?? user.OnlyOrganizationId, [.. resource.TokenClaims.Intersect(grant.Claims)]);
    });

    /// <summary>
    /// Issues the ID token of a person's grant (OpenID Connect Core §2), which is for the client and not for the MCP server. Its issuer is
    /// the one that the client used and compares it with. Its algorithm is the one that the client registered
    /// (<c>id_token_signed_response_alg</c>), or RS256, the default of OpenID Connect (§3.1.3.7), whatever the resource chose for access
    /// tokens. An algorithm whose key is not published any more gives way to RS256. At a refresh (§12.2) the claims are those of the
    /// requested scope.
    /// </summary>
    /// <param name="scope">The scope of the access token beside it.</param>
    /// <param name="nonce">That of the authorization request; null at a refresh.</param>
    public string IssueIdToken(Client client, Grant grant, UserSnapshot user, Scope scope, string accessToken, string? nonce)
    {
        var now = clock.GetUtcNow();
        var claims = Write(json =>
        {
            json.WriteString("iss", grant.Issuer);
            json.WriteString("aud", grant.ClientId.Value);
            json.WriteString("sub", grant.Subject);
            json.WriteNumber("iat", now.ToUnixTimeSeconds());
            json.WriteNumber("exp", (now + IdTokenLifetime).ToUnixTimeSeconds());
            WriteIfAny(json, "nonce", nonce);

            // The left half of the access token's hash binds the two tokens to each other (§3.1.3.6).
            json.WriteString("at_hash", Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)).AsSpan(0, 16)));
            WriteLogin(json, grant.Login);
            WriteIdentity(json, user, scope);
        });
        var algorithm = client.IdTokenAlgorithm is { } chosen && configuration.Current.Publishes(chosen) ? chosen : SigningAlgorithm.RS256;
        return Handler.CreateToken(claims, keys.SigningKeyFor(algorithm).Credentials, IdTokenHeader);
    }

    /// <summary>The claims that an ID token may have, for discovery (OpenID Connect Discovery §3, <c>claims_supported</c>).</summary>
    public static IReadOnlyList<string> IdTokenClaims { get; } =
    [
        "iss", "aud", "sub", "iat", "exp", "nonce", "at_hash", "auth_time", "acr", "amr", "sid", "name", "given_name", "family_name",
        "preferred_username", "picture", "gender", "locale", "email", "email_verified",
    ];

    /// <summary>Writes the claims of the scopes <c>profile</c> and <c>email</c> (OpenID Connect Core §5.4).</summary>
    public static void WriteIdentity(Utf8JsonWriter json, UserSnapshot user, Scope scope)
    {
        if (scope.Contains(Scope.Profile))
        {
            var tellsEmail = scope.Contains(Scope.Email);
            WriteIfAny(json, "name", user.NameClaim(tellsEmail));
            WriteIfAny(json, "given_name", user.Told(user.GivenName, tellsEmail));
            WriteIfAny(json, "family_name", user.Told(user.FamilyName, tellsEmail));
            WriteIfAny(json, "preferred_username", user.Told(user.PreferredUsername, tellsEmail));
            WriteIfAny(json, "picture", user.Told(user.Picture, tellsEmail));
            WriteIfAny(json, "gender", user.Gender);
            WriteIfAny(json, "locale", user.Locale);
        }

        if (scope.Contains(Scope.Email))
        {
            json.WriteString("email", user.Email);
            json.WriteBoolean("email_verified", user.EmailVerified == true);
        }
    }

    /// <summary>Issues an access token for a client that acts for itself.</summary>
    public string Issue(
        Client client, Resource resource, Scope scope, TimeSpan lifetime, IEnumerable<string> asked) => Sign(resource, json =>
    {
        WriteCommon(json, resource, asked, client.Id.Value, client.Id, scope, lifetime);
        WriteIfAny(json, "org_id", client.OrganizationId);
        WriteIfAny(json, "oid", client.OrganizationId);
        if (client.CustomClaims is { Count: > 0 } claims)
        {
            json.WriteStartObject("custom_claims");
            foreach (var claim in claims)
            {
                json.WriteString(claim.Key, claim.Value);
            }

            json.WriteEndObject();
        }
    });

    /// <summary>
    /// The claims about a person and a login that an access token would have, as JSON. Nothing is signed: there is no client, so it is no
    /// token.
    /// </summary>
    public static string PreviewOf(UserSnapshot user, LoginFacts login, IReadOnlyList<TokenClaim> claims) => Write(json =>
    {
        json.WriteString("sub", user.Subject);
        WriteUser(json, user, user.OnlyOrganizationId, claims);
        WriteLogin(json, login);
    });

    /// <summary>Issues a management token. Role and validity are not part of it: each call looks them up.</summary>
    public string Issue(ApiClient client)
    {
        var now = clock.GetUtcNow();
        var payload = Write(json =>
        {
            json.WriteString("iss", settings.BaseUrl);
            json.WriteString("aud", ManagementAudience);
            json.WriteString("sub", client.Id.Value);
            json.WriteString("client_id", client.Id.Value);
            json.WriteString("jti", TokenId.New().Value);
            json.WriteNumber("iat", now.ToUnixTimeSeconds());
            json.WriteNumber("exp", (now + ManagementTokenLifetime).ToUnixTimeSeconds());
        });
        return Handler.CreateToken(
            payload, new SigningCredentials(keys.ApiTokenKey.AsSecurityKey(), SecurityAlgorithms.HmacSha256), ManagementTokenHeader);
    }

    private void WriteCommon(
        Utf8JsonWriter json, Resource resource, IEnumerable<string> asked, string subject, ClientId client, Scope scope, TimeSpan lifetime)
    {
        var now = clock.GetUtcNow();
        json.WriteString(
            "iss",
            (resource.TokenIssuer == TokenIssuerChoice.Resource
                ? Issuer.Of(settings.BaseUrl, resource.Id)
                : Issuer.Environment(settings.BaseUrl)).Value);
        WriteArray(json, "aud", [resource.Id.Value, resource.Uri, .. configuration.Current.OtherSpellings(resource, asked)]);
        json.WriteString("sub", subject);
        json.WriteString("client_id", client.Value);
        json.WriteString("jti", TokenId.New().Value);
        json.WriteNumber("iat", now.ToUnixTimeSeconds());
        json.WriteNumber("exp", (now + lifetime).ToUnixTimeSeconds());
        json.WriteString("scope", scope.ToString());
        WriteArray(json, "scopes", scope);
    }

    private static void WriteLogin(Utf8JsonWriter json, LoginFacts login)
    {
        if (login.AuthTime is { } authTime)
        {
            json.WriteNumber("auth_time", authTime.ToUnixTimeSeconds());
        }

        WriteIfAny(json, "acr", login.Acr);
        WriteIfAny(json, "sid", login.SessionId);
        if (login.Amr is { Count: > 0 } amr)
        {
            WriteArray(json, "amr", amr);
        }
    }

    /// <summary>Writes the claims that the resource wants now and that the consent page named.</summary>
    private static void WriteUser(Utf8JsonWriter json, UserSnapshot user, string? organization, IReadOnlyList<TokenClaim> claims)
    {
        foreach (var claim in claims)
        {
            switch (claim)
            {
                case TokenClaim.Email:
                    json.WriteString("email", user.Email);
                    break;
                case TokenClaim.Name:
                    WriteIfAny(json, "name", user.NameClaim(tellsEmail: claims.Contains(TokenClaim.Email)));
                    break;
                case TokenClaim.Roles when user.Roles is { Count: > 0 } roles:
                    WriteArray(json, "roles", roles);
                    break;
                case TokenClaim.OrganizationId:
                    WriteIfAny(json, "org_id", organization);
                    WriteIfAny(json, "oid", organization);
                    break;
                case TokenClaim.Groups when user.Groups is { Count: > 0 } groups:
                    WriteArray(json, "groups", groups);
                    break;
                case TokenClaim.CustomClaims when user.CustomAttributes is { } custom:
                    json.WritePropertyName("custom_claims");
                    custom.WriteTo(json);
                    break;
            }
        }
    }

    private string Sign(Resource resource, Action<Utf8JsonWriter> claims) =>
        Handler.CreateToken(Write(claims), keys.SigningKeyFor(resource.Algorithm).Credentials, AccessTokenHeader);

    private static string Write(Action<Utf8JsonWriter> claims)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            claims(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteIfAny(Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteArray(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
