using System.Text.Json.Serialization;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;
using Latchkey.Server.Token;

namespace Latchkey.Server.Register;

/// <summary>
/// Dynamic client registration (RFC 7591 §3) for one resource or for the environment:
/// 1. the resource must take registrations; 2. the metadata is checked as a whole; 3. a public client that registers again is the client it was,
/// because many register at every connect; a confidential one is always new, for its secret is its own.
/// </summary>
internal static class RegisterEndpoint
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/oauth/register", EnvironmentAsync).RequireCors(Cors.OAuth);
        app.MapPost("/api/v1/resources/{resource}/clients:register", ResourceAsync).RequireCors(Cors.OAuth);
    }

    private static async Task<IResult> EnvironmentAsync(
        HttpRequest http, ClientStore store, ConfigurationCache configuration, TimeProvider clock, CancellationToken cancellationToken) =>
        configuration.Current.Resources.Any(r => r.AllowsRegistration)
            ? await RegisterAsync(http, resource: null, store, clock, cancellationToken)
            : Refuse(Closed);

    private static async Task<IResult> ResourceAsync(
        HttpRequest http, string resource, ClientStore store, ConfigurationCache configuration, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (ResourceId.Parse(resource) is not { } id || configuration.Current.Find(id) is not { } found)
        {
            return OAuthJson.UnknownResource;
        }

        return found.AllowsRegistration ? await RegisterAsync(http, found, store, clock, cancellationToken) : Refuse(Closed);
    }

    private static async Task<IResult> RegisterAsync(HttpRequest http, Resource? resource, ClientStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        return await StrictJson.ReadAsync(http, Registration.MaxLength, Registration.MaxDepth, cancellationToken) switch
        {
            StrictJson.TooLarge => Refuse(OAuthError.InvalidClientMetadata("The metadata may have at most 64 KiB.")),
            StrictJson.Broken broken => Refuse(OAuthError.InvalidClientMetadata(broken.What)),
            StrictJson.Value value => Registration.Read(value.Root) switch
            {
                RegistrationReading.Refused refused => Refuse(refused.Error),
                RegistrationReading.Valid valid => await StoreAsync(valid.Registration, resource, store, clock.GetUtcNow(), cancellationToken),
            },
        };
    }

    private static async Task<IResult> StoreAsync(Registration registration, Resource? resource, ClientStore store, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var secret = registration.IsPublic ? (Secret?)null : Secret.New(Secret.ClientSecretPrefix);
        var client = new Client(
            ClientId.New(), registration.Name, Description: null, ClientOrigin.Registered, resource?.Id, registration.RedirectUris,
            registration.IsPublic ? ClientClass.Public : ClientClass.Secret, registration.TokenEndpointAuthMethod, registration.GrantTypes,
            ScopeCap: null, registration.ClientUri, registration.LogoUri,
            secret is { } plain ? [ClientSecret.Of(plain, now)] : [], IsEnabled: true, now, now);
        var stored = await store.InsertAsync(client, registration.IsPublic ? registration.Fingerprint(resource?.Id) : null, cancellationToken);
        if (!stored.IsEnabled)
        {
            return Refuse(OAuthError.InvalidClientMetadata("The operator removed this client; it cannot be registered again."));
        }

        return OAuthJson.Created(
            new RegistrationResponse(
                stored.Id.Value,
                stored.CreatedAt.ToUnixTimeSeconds(),
                secret?.Value,
                secret is null ? null : 0,
                registration.Name,
                registration.RedirectUris,
                registration.TokenEndpointAuthMethod,
                registration.GrantTypes,
                ["code"],
                registration.ApplicationType,
                registration.Scope,
                registration.ClientUri,
                registration.LogoUri),
            RegisterJson.Default.RegistrationResponse);
    }

    private static OAuthError Closed => OAuthError.InvalidClientMetadata("Dynamic registration is switched off; ask the operator for a client.");

    private static IResult Refuse(OAuthError error) => OAuthJson.Refusal(new TokenRefusal("registration", StatusCodes.Status400BadRequest, error));
}

/// <summary>RFC 7591 §3.2.1: every member registered, defaults included; no null and no empty members, which some clients refuse.</summary>
/// <param name="ClientSecretExpiresAt">0: never; present exactly when a secret is.</param>
internal sealed record RegistrationResponse(
    string ClientId,
    long ClientIdIssuedAt,
    string? ClientSecret,
    long? ClientSecretExpiresAt,
    string ClientName,
    IReadOnlyList<string> RedirectUris,
    string TokenEndpointAuthMethod,
    IReadOnlyList<string> GrantTypes,
    IReadOnlyList<string> ResponseTypes,
    string ApplicationType,
    string? Scope,
    string? ClientUri,
    string? LogoUri);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RegistrationResponse))]
internal sealed partial class RegisterJson : JsonSerializerContext;
