using System.Text.Json;
using System.Text.Json.Serialization;
using Latchkey.Server.Clients;

namespace Latchkey.Server.Registration;

/// <summary>RFC 7591 §3.2.1 and RFC 7592 §3: every registered member, without the null or empty ones that some clients reject.</summary>
internal sealed record RegistrationResponse
{
    public required string ClientId { get; init; }
    public required long ClientIdIssuedAt { get; init; }
    public string? ClientSecret { get; init; }

    /// <summary>0 means never. Present only together with a secret.</summary>
    public long? ClientSecretExpiresAt { get; init; }
    public string? RegistrationAccessToken { get; init; }
    public string? RegistrationClientUri { get; init; }
    public required string ClientName { get; init; }
    public required IReadOnlyList<string> RedirectUris { get; init; }
    public required string TokenEndpointAuthMethod { get; init; }
    public required IReadOnlyList<string> GrantTypes { get; init; }
    public required IReadOnlyList<string> ResponseTypes { get; init; }
    public required string ApplicationType { get; init; }
    public string? Scope { get; init; }
    public string? ClientUri { get; init; }
    public string? LogoUri { get; init; }
    public JsonElement? Jwks { get; init; }
    public string? JwksUri { get; init; }
    public bool? RequirePushedAuthorizationRequests { get; init; }
    public string? IdTokenSignedResponseAlg { get; init; }

    /// <param name="client">The stored client; of a shared one, the response has the metadata of this caller.</param>
    /// <param name="secret">Returned once; only its hash is stored.</param>
    /// <param name="token">The registration access token. Null for a shared registration.</param>
    public static RegistrationResponse Of(
        Client client, RegistrationRequest registration, Secret? secret, Secret? token, string baseUrl) => new()
        {
            ClientId = client.Id.Value,
            ClientIdIssuedAt = client.CreatedAt.ToUnixTimeSeconds(),
            ClientSecret = secret?.Value,
            ClientSecretExpiresAt = secret is null ? null : 0,
            RegistrationAccessToken = token?.Value,
            RegistrationClientUri = token is null ? null : $"{baseUrl}/oauth/register/{client.Id}",
            ClientName = registration.Name,
            RedirectUris = registration.RedirectUris,
            TokenEndpointAuthMethod = registration.TokenEndpointAuthMethod,
            GrantTypes = registration.GrantTypes,
            ResponseTypes = ["code"],
            ApplicationType = registration.ApplicationType,
            Scope = registration.Scope,
            ClientUri = registration.ClientUri,
            LogoUri = registration.LogoUri,
            Jwks = registration.Keys?.Jwks is { } jwks ? JsonSerializer.Deserialize(jwks, RegisterJson.Default.JsonElement) : null,
            JwksUri = registration.Keys?.JwksUri,
            RequirePushedAuthorizationRequests = registration.RequiresPush ? true : null,
            IdTokenSignedResponseAlg = registration.IdTokenAlgorithm?.ToString(),
        };
}

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RegistrationResponse))]
internal sealed partial class RegisterJson : JsonSerializerContext;
