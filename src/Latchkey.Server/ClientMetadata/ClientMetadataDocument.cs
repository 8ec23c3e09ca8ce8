using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Clients;
using Latchkey.Server.Credentials;
using Latchkey.Server.Registration;

namespace Latchkey.Server.ClientMetadata;

internal abstract record DocumentReading
{
    private DocumentReading() { }

    public sealed record Valid(ClientMetadataDocument Document) : DocumentReading;

    /// <param name="Why">A sentence for the author of the document.</param>
    public sealed record Invalid(string Why) : DocumentReading;
}

/// <summary>
/// A client ID metadata document (draft-ietf-oauth-client-id-metadata-document §4.1): the members of RFC 7591 §2. Unknown members and grant
/// types are ignored, because one document serves every authorization server.
/// </summary>
internal sealed record ClientMetadataDocument(
    string Name,
    IReadOnlyList<string> RedirectUris,
    string TokenEndpointAuthMethod,
    ClientClass Class,
    ClientKeys? Keys,
    IReadOnlyList<string> GrantTypes,
    string? ClientUri,
    string? LogoUri)
{
    /// <summary>Null when the document names none, which means RS256.</summary>
    public SigningAlgorithm? IdTokenAlgorithm { get; init; }

    private const int MaxDepth = 16;

    /// <summary>Hash over the members that identify the client and its redirect URIs.</summary>
    public byte[] Fingerprint() => SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join(
            '\n',
            new[] { Name, TokenEndpointAuthMethod, Keys?.Jwks ?? "", Keys?.JwksUri ?? "" }.Concat(
                RedirectUris.Order(StringComparer.Ordinal)))));

    /// <param name="schemes">The private-use schemes that operators added.</param>
    public static DocumentReading Read(ReadOnlyMemory<byte> content, string url, IReadOnlyList<string> schemes)
    {
        return StrictJson.ReadUnique(content, MaxDepth, "The document") switch
        {
            StrictJson.Value { Root: { ValueKind: JsonValueKind.Object } root } => Read(root, url, schemes),
            StrictJson.Broken { What: var why } => Bad(why),
            _ => Bad("The document is not a JSON object."),
        };
    }

    private static DocumentReading Read(JsonElement metadata, string url, IReadOnlyList<string> schemes)
    {
        if (RegistrationRequest.Text(metadata, "client_id") != url)
        {
            return Bad("The member client_id must be identical to the URL of the document.");
        }

        if (metadata.TryGetProperty("client_secret", out _) || metadata.TryGetProperty("client_secret_expires_at", out _))
        {
            return Bad("The document contains a client secret, which is public now. "
                + "Replace the secret where it is used, and remove it from the document.");
        }

        if (RegistrationRequest.Text(metadata, "client_name") is not { } name || string.IsNullOrWhiteSpace(name))
        {
            return Bad("The member client_name is missing.");
        }

        if (RegistrationRequest.ValidateName(name) is { } wrongName)
        {
            return Bad(wrongName);
        }

        if (RegistrationRequest.Texts(metadata, "redirect_uris") is not { Count: > 0 and <= Client.MaxRedirectUris } redirectUris)
        {
            return Bad($"The member redirect_uris must be an array of 1 to {Client.MaxRedirectUris} URIs.");
        }

        foreach (var uri in redirectUris)
        {
            if (RedirectUri.Validate(uri, schemes) is { } what)
            {
                return Bad(OAuthError.Printable($"A redirect URI cannot be used: {what}. It was sent as {uri}"));
            }
        }

        return ReadAuthentication(metadata, name, redirectUris);
    }

    private static DocumentReading ReadAuthentication(JsonElement metadata, string name, List<string> redirectUris)
    {
        var method = RegistrationRequest.Text(metadata, "token_endpoint_auth_method") ?? "none";
        var keys = ClientKeys.Of(metadata);
        if (metadata.TryGetProperty("jwks", out var jwks) && ClientKeys.Validate(jwks) is { } why)
        {
            return Bad(why);
        }

        if (method is not ("none" or RegistrationRequest.PrivateKeyJwt))
        {
            return Bad("The member token_endpoint_auth_method must be none or private_key_jwt: a public document cannot contain a secret.");
        }

        if (method == RegistrationRequest.PrivateKeyJwt && keys is null)
        {
            return Bad("The method private_key_jwt requires exactly one of jwks and jwks_uri (an https URL).");
        }

        // A client that prefers keys but also supports "none" is treated as public, because it may use either.
        var alsoComesWithout =
            RegistrationRequest.Texts(metadata, "token_endpoint_auth_methods_supported")?.Contains("none", StringComparer.Ordinal) == true;
        var grantTypes = RegistrationRequest.Texts(metadata, "grant_types")
            ?.Where(static t => GrantType.OpenToRegistration.Contains(t, StringComparer.Ordinal)).Distinct(StringComparer.Ordinal).ToList()
            ?? [GrantType.AuthorizationCodeName];
        return grantTypes.Contains(GrantType.AuthorizationCodeName, StringComparer.Ordinal)
            ? new DocumentReading.Valid(new(
                name, redirectUris, method, method == "none" || alsoComesWithout ? ClientClass.Public : ClientClass.Key, keys, grantTypes,
                RegistrationRequest.WebUrl(metadata, "client_uri"), RegistrationRequest.WebUrl(metadata, "logo_uri"))
            {
                IdTokenAlgorithm = RegistrationRequest.IdTokenAlgorithmOf(metadata),
            })
            : Bad("The member grant_types must contain authorization_code.");
    }

    private static DocumentReading.Invalid Bad(string why) => new(why);
}
