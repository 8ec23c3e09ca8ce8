using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Registration;

internal abstract record RegistrationReading
{
    private RegistrationReading() { }

    public sealed record Valid(RegistrationRequest Registration) : RegistrationReading;

    public sealed record Refused(OAuthErrorResponse Refusal) : RegistrationReading;
}

/// <summary>
/// Client metadata of a dynamic registration (RFC 7591 §2), including the defaults, which the response contains. Unknown members and a
/// requested client_id are ignored (§2). One body serves many authorization servers, so it is read like a metadata document: grant types,
/// response types and authentication methods that this server does not have, keys of a client that does not sign, and an algorithm that is
/// not published are dropped, and the response says what was registered (§3.2.1). Only what leaves nothing usable is refused.
/// </summary>
internal sealed record RegistrationRequest
{
    public const string PrivateKeyJwt = "private_key_jwt";
    public const int MaxLength = 64 * 1024;
    public const int MaxDepth = 16;

    private static readonly string[] TextMembers =
    [
        "client_name", "token_endpoint_auth_method", "application_type", "scope", "client_uri", "logo_uri", "jwks_uri",
        "id_token_signed_response_alg",
    ];
    private static readonly string[] ListMembers = ["grant_types", "response_types"];

    /// <summary>Methods of OAuth and OpenID Connect that this server does not have. A client that asks for one gets the default.</summary>
    private static readonly string[] OtherMethods = ["client_secret_jwt", "tls_client_auth", "self_signed_tls_client_auth"];

    private const string DefaultMethod = "client_secret_basic";

    public required string Name { get; init; }
    public required IReadOnlyList<string> RedirectUris { get; init; }
    public required string TokenEndpointAuthMethod { get; init; }
    public required IReadOnlyList<string> GrantTypes { get; init; }
    public required string ApplicationType { get; init; }
    public string? Scope { get; init; }
    public string? ClientUri { get; init; }
    public string? LogoUri { get; init; }
    public bool RequiresPush { get; init; }
    public ClientKeys? Keys { get; init; }

    /// <summary>Null when the client asked for none, which means RS256.</summary>
    public SigningAlgorithm? IdTokenAlgorithm { get; init; }

    public ClientClass Class => TokenEndpointAuthMethod switch
    {
        "none" => ClientClass.Public,
        PrivateKeyJwt => ClientClass.Key,
        _ => ClientClass.Secret,
    };

    /// <summary>
    /// The same program that registers again has the same fingerprint. Every stored member counts; order and repetition of entries do not,
    /// nor do loopback ports, which change at each start. Rare members are added at the end with a space, which no redirect URI contains.
    /// </summary>
    public byte[] Fingerprint(ResourceId? resource)
    {
        var members = new[] { resource?.Value ?? "", Name, TokenEndpointAuthMethod, ApplicationType, ClientUri ?? "", LogoUri ?? "" }
            .Append(string.Join(' ', GrantTypes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)))
            .Concat(RedirectUris.Select(RedirectUri.WithoutLoopbackPort).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            .Concat(RequiresPush ? ["push true"] : [])
            .Concat(IdTokenAlgorithm is { } algorithm and not SigningAlgorithm.RS256 ? [$"id_token {algorithm}"] : [])
            .Concat(Keys is { } keys ? [$"jwks {keys.Jwks}", $"jwks_uri {keys.JwksUri}"] : []);
        return SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', members)));
    }

    /// <summary>The metadata of a stored registration (RFC 7592 §2.1).</summary>
    public static RegistrationRequest Of(Client client, OwnRegistration own) => new()
    {
        Name = client.Name,
        RedirectUris = client.RedirectUris,
        TokenEndpointAuthMethod = client.TokenEndpointAuthMethod,
        GrantTypes = client.GrantTypes,
        ApplicationType = own.ApplicationType,
        Scope = own.Scope,
        ClientUri = client.ClientUri,
        LogoUri = client.LogoUri,
        RequiresPush = client.RequiresPush,
        Keys = client.Keys,
        IdTokenAlgorithm = client.IdTokenAlgorithm,
    };

    public Client NewClient(ResourceId? home, Secret? secret, DateTimeOffset now) => new()
    {
        Id = ClientId.New(),
        Name = Name,
        Origin = ClientOrigin.Registered,
        ResourceId = home,
        RedirectUris = RedirectUris,
        Class = Class,
        TokenEndpointAuthMethod = TokenEndpointAuthMethod,
        GrantTypes = GrantTypes,
        ClientUri = ClientUri,
        LogoUri = LogoUri,
        Secrets = secret is { } plain ? [ClientSecret.Of(plain, now)] : [],
        CreatedAt = now,
        UpdatedAt = now,
        LastSeenAt = now,
        RequiresPush = RequiresPush,
        Keys = Keys,
        IdTokenAlgorithm = IdTokenAlgorithm,
    };

    /// <summary>The client with all metadata replaced (RFC 7592 §2.2). Id, class, secrets and token stay.</summary>
    public Client ChangeOf(Client client, OwnRegistration own, DateTimeOffset now) => client with
    {
        Name = Name,
        RedirectUris = RedirectUris,
        TokenEndpointAuthMethod = TokenEndpointAuthMethod,
        GrantTypes = GrantTypes,
        ClientUri = ClientUri,
        LogoUri = LogoUri,
        RequiresPush = RequiresPush,
        Keys = Keys,
        IdTokenAlgorithm = IdTokenAlgorithm,
        UpdatedAt = now,
        LastSeenAt = now,
        Registration = own with { ApplicationType = ApplicationType, Scope = Scope },
    };

    /// <summary>Reads the metadata from a request and validates it with <paramref name="read"/>.</summary>
    public static async Task<RegistrationReading> ReadAsync(
        HttpRequest http, Func<JsonElement, RegistrationReading> read, CancellationToken cancellationToken)
    {
        return await StrictJson.ReadAsync(http, MaxLength, MaxDepth, cancellationToken) switch
        {
            StrictJson.TooLarge => new RegistrationReading.Refused(RegistrationErrors.TooLarge.With(
                Fact.Sent(FactNames.Bytes, http.ContentLength?.ToString(CultureInfo.InvariantCulture) ?? $"more than {MaxLength}"),
                Fact.Expected(FactNames.Bytes, $"at most {MaxLength}"))),
            StrictJson.Broken broken => Bad(broken.What),
            StrictJson.Value value => read(value.Root),
        };
    }

    /// <param name="home">The resource of the client. Null when it is registered at the environment.</param>
    public static RegistrationReading Read(JsonElement metadata, ResourceId? home, ConfigurationSnapshot configuration)
    {
        if (metadata.ValueKind != JsonValueKind.Object)
        {
            return Bad("The body must be a JSON object.");
        }

        if (ValidateShape(metadata) is { } misshapen)
        {
            return Bad(misshapen);
        }

        if (Texts(metadata, "redirect_uris") is not { Count: > 0 } redirectUris)
        {
            return WrongRedirect("The member redirect_uris must be an array with at least one URI.");
        }

        if (redirectUris.Count > Client.MaxRedirectUris)
        {
            return Bad($"At most {Client.MaxRedirectUris} redirect URIs can be registered.");
        }

        foreach (var uri in redirectUris)
        {
            if (RedirectUri.Validate(uri, configuration.RedirectSchemesOf(home)) is { } what)
            {
                return WrongRedirect(OAuthError.Printable($"A redirect URI cannot be registered: {what}. It was sent as {uri}"), uri);
            }
        }

        var name = Text(metadata, "client_name") ?? "Unnamed client";
        if (ValidateName(name) is { } wrongName)
        {
            return Bad(wrongName);
        }

        var method = Text(metadata, "token_endpoint_auth_method") is { } asked && !OtherMethods.Contains(asked, StringComparer.Ordinal)
            ? asked
            : DefaultMethod;
        if (method is not ("none" or "client_secret_post" or "client_secret_basic" or PrivateKeyJwt))
        {
            return Bad("The member token_endpoint_auth_method must be none, client_secret_post, client_secret_basic or private_key_jwt.");
        }

        if ((ValidateTypes(metadata, out var grantTypes) ?? ValidateKeys(metadata, method)) is { } wrong)
        {
            return Bad(wrong);
        }

        return new RegistrationReading.Valid(new()
        {
            Name = name,
            RedirectUris = redirectUris,
            TokenEndpointAuthMethod = method,
            GrantTypes = grantTypes,
            ApplicationType = ApplicationTypeOf(metadata, redirectUris),
            Scope = Text(metadata, "scope"),
            ClientUri = WebUrl(metadata, "client_uri"),
            LogoUri = WebUrl(metadata, "logo_uri"),
            RequiresPush = Present(metadata, "require_pushed_authorization_requests") is { ValueKind: JsonValueKind.True },
            Keys = method == PrivateKeyJwt ? ClientKeys.Of(metadata) : null,
            IdTokenAlgorithm = IdTokenAlgorithmOf(metadata) is { } algorithm
                ? configuration.Publishes(algorithm) ? algorithm : SigningAlgorithm.RS256
                : null,
        });
    }

    /// <summary>A member of the wrong type is an error and never replaced by a default, which would make the client fail later.</summary>
    private static string? ValidateShape(JsonElement metadata)
    {
        if (StrictJson.RepeatedMember(metadata) is { } repeated)
        {
            return OAuthError.Printable($"The member {repeated} is repeated.");
        }

        foreach (var member in metadata.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            if (TextMembers.Contains(member.Name, StringComparer.Ordinal) && member.Value.ValueKind != JsonValueKind.String)
            {
                return $"The member {member.Name} must be a string.";
            }

            if (ListMembers.Contains(member.Name, StringComparer.Ordinal) && Texts(metadata, member.Name) is null)
            {
                return $"The member {member.Name} must be an array of strings.";
            }

            if (member.Name == "require_pushed_authorization_requests"
                && member.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            {
                return "The member require_pushed_authorization_requests must be true or false.";
            }
        }

        return null;
    }

    /// <summary>Keeps the grant types that a client may register; the others are for other servers.</summary>
    private static string? ValidateTypes(JsonElement metadata, out IReadOnlyList<string> grantTypes)
    {
        // A repeated one would be kept in memory each time.
        grantTypes = Texts(metadata, "grant_types") is { Count: > 0 } given
            ? [.. given.Where(static type => GrantType.OpenToRegistration.Contains(type, StringComparer.Ordinal))
                .Distinct(StringComparer.Ordinal)]
            : [GrantType.AuthorizationCodeName];
        var responseTypes = Texts(metadata, "response_types") is { Count: > 0 } types ? types : ["code"];
        return !grantTypes.Any(name => GrantType.Find(name) is { NeedsRedirectUris: true })
            || !responseTypes.Contains("code", StringComparer.Ordinal)
                ? "The grant type authorization_code and the response type code are required together. "
                    + $"Of other grant types, {GrantType.Sentence(GrantType.OpenToRegistration, "and")} can be registered."
                : null;
    }

    /// <summary>Keys are public and are given in one place. With a method that does not use them they are dropped.</summary>
    private static string? ValidateKeys(JsonElement metadata, string method)
    {
        var jwks = Present(metadata, "jwks");
        var uri = Present(metadata, "jwks_uri");
        return jwks is not null && uri is not null ? "The members jwks and jwks_uri must not both be present."
            : jwks is { } set && ClientKeys.Validate(set) is { } why ? why
            : uri is not null && ClientKeys.Of(metadata) is null ? "The member jwks_uri must be an https URL with a host name and a path."
            : method != PrivateKeyJwt ? null
            : jwks is null && uri is null ? "The token_endpoint_auth_method private_key_jwt requires jwks or jwks_uri."
            : jwks is { } own && ClientKeys.Usable(own).Count == 0
                ? "The member jwks contains no key for RS256, PS256 (RSA of 2048 to 4096 bits) or ES256 (P-256)."
            : null;
    }

    private static JsonElement? Present(JsonElement metadata, string name) =>
        metadata.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static bool IsPresent(JsonElement metadata, string name) => Present(metadata, name) is not null;

    /// <summary>The algorithm that a client asks for its ID tokens; null when it asks for none. Anything unknown is RS256.</summary>
    public static SigningAlgorithm? IdTokenAlgorithmOf(JsonElement metadata) =>
        Text(metadata, "id_token_signed_response_alg") is not { } name ? null
        : Array.Find(Enum.GetValues<SigningAlgorithm>(), algorithm => algorithm.ToString() == name);

    /// <summary>Defaults to native when every redirect URI is of the user's device (OpenID Connect Registration §2).</summary>
    private static string ApplicationTypeOf(JsonElement metadata, IReadOnlyList<string> redirectUris) =>
        Text(metadata, "application_type") switch
        {
            "web" => "web",
            "native" => "native",
            _ => redirectUris.All(u => RedirectUri.IsLoopback(u) || RedirectUri.IsPrivateUse(u)) ? "native" : "web",
        };

    /// <summary>People read the name on the consent page: characters that reverse or hide text could falsify that page.</summary>
    public static string? ValidateName(string name) =>
        name.Length > Client.MaxNameLength ? "The member client_name may have at most 200 characters."
        : name.Any(IsHidden) ? "The member client_name must not contain control or text direction characters."
        : null;

    private static bool IsHidden(char c) =>
        char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;

    private static RegistrationReading Bad(string description) =>
        new RegistrationReading.Refused(RegistrationErrors.WrongMetadata(description));

    private static RegistrationReading WrongRedirect(string description, string? uri = null) =>
        new RegistrationReading.Refused(RegistrationErrors.WrongRedirectUri(description, uri));

    public static string? Text(JsonElement metadata, string name) =>
        metadata.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : null;

    public static string? WebUrl(JsonElement metadata, string name) =>
        Text(metadata, name) is { Length: <= 512 } text && OAuth.WebUrl.IsOne(text) ? text : null;

    public static List<string>? Texts(JsonElement metadata, string name) =>
        metadata.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
        && value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(e => e.GetString()!)]
            : null;
}
