using System.Text.Json;
using System.Text.Json.Serialization;
using Latchkey.Server.Clients;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Registration;

/// <summary>RFC 7591 §3.2.1 and RFC 7592 §3: every registered member, without the null or empty ones that some clients reject.</summary>
/// <param name="ClientSecretExpiresAt">0 means never. Present only together with a secret.</param>
internal sealed record RegistrationResponse(
    string ClientId,
    long ClientIdIssuedAt,
    string? ClientSecret,
    long? ClientSecretExpiresAt,
    string? RegistrationAccessToken,
    string? RegistrationClientUri,
    string ClientName,
    IReadOnlyList<string> RedirectUris,
    string TokenEndpointAuthMethod,
    IReadOnlyList<string> GrantTypes,
    IReadOnlyList<string> ResponseTypes,
    string ApplicationType,
    string? Scope,
    string? ClientUri,
    string? LogoUri,
    JsonElement? Jwks,
    string? JwksUri,
    bool? RequirePushedAuthorizationRequests)
{
    /// <param name="client">The stored client; of a shared one, the response has the metadata of this caller.</param>
    /// <param name="secret">Returned once; only its hash is stored.</param>
    /// <param name="token">The registration access token. Null for a shared registration.</param>
    public static RegistrationResponse Of(Client client, RegistrationRequest registration, Secret? secret, Secret? token, string baseUrl) => new(
        client.Id.Value,
        client.CreatedAt.ToUnixTimeSeconds(),
        secret?.Value,
        secret is null ? null : 0,
        token?.Value,
        token is null ? null : $"{baseUrl}/oauth/register/{client.Id}",
        registration.Name,
        registration.RedirectUris,
        registration.TokenEndpointAuthMethod,
        registration.GrantTypes,
        ["code"],
        registration.ApplicationType,
        registration.Scope,
        registration.ClientUri,
        registration.LogoUri,
        registration.Keys?.Jwks is { } jwks ? JsonSerializer.Deserialize(jwks, RegisterJson.Default.JsonElement) : null,
        registration.Keys?.JwksUri,
        registration.RequiresPush ? true : null);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RegistrationResponse))]
internal sealed partial class RegisterJson : JsonSerializerContext;
