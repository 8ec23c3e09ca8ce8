using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Clients;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Register;

internal abstract record RegistrationReading
{
    private RegistrationReading() { }

    public sealed record Valid(Registration Registration) : RegistrationReading;

    public sealed record Refused(OAuthError Error) : RegistrationReading;
}

/// <summary>
/// Client metadata of a dynamic registration (RFC 7591 §2), with the defaults filled in that the answer echoes. Members nobody knows are ignored (§2);
/// so is a client_id the client would like to have.
/// </summary>
internal sealed record Registration(
    string Name,
    IReadOnlyList<string> RedirectUris,
    string TokenEndpointAuthMethod,
    IReadOnlyList<string> GrantTypes,
    string ApplicationType,
    string? Scope,
    string? ClientUri,
    string? LogoUri)
{
    public const int MaxLength = 64 * 1024;
    public const int MaxDepth = 16;

    private static readonly string[] TextMembers = ["client_name", "token_endpoint_auth_method", "application_type", "scope", "client_uri", "logo_uri"];
    private static readonly string[] ListMembers = ["grant_types", "response_types"];
    private static readonly string[] KnownGrantTypes = [Client.AuthorizationCode, Client.RefreshToken];

    public bool IsPublic => TokenEndpointAuthMethod == "none";

    /// <summary>The same program registering again has the same fingerprint: every stored member counts, loopback ports do not, because they change at each start.</summary>
    public byte[] Fingerprint(ResourceId? resource)
    {
        var members = new[] { resource?.Value ?? "", Name, TokenEndpointAuthMethod, ApplicationType, ClientUri ?? "", LogoUri ?? "" }
            .Append(string.Join(' ', GrantTypes.Order(StringComparer.Ordinal)))
            .Concat(RedirectUris.Select(RedirectUri.WithoutLoopbackPort).Order(StringComparer.Ordinal));
        return SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', members)));
    }

    public static RegistrationReading Read(JsonElement metadata)
    {
        if (metadata.ValueKind != JsonValueKind.Object)
        {
            return Bad("The body must be a JSON object.");
        }

        if (WhatIsWrongWithShape(metadata) is { } misshapen)
        {
            return Bad(misshapen);
        }

        if (Texts(metadata, "redirect_uris") is not { Count: > 0 } redirectUris)
        {
            return new RegistrationReading.Refused(OAuthError.InvalidRedirectUri("The member redirect_uris must be an array with at least one URI."));
        }

        if (redirectUris.Count > Client.MaxRedirectUris)
        {
            return Bad($"At most {Client.MaxRedirectUris} redirect URIs can be registered.");
        }

        foreach (var uri in redirectUris)
        {
            if (RedirectUri.WhyNotRegistrable(uri) is { } what)
            {
                return new RegistrationReading.Refused(OAuthError.InvalidRedirectUri(OAuthError.Printable($"The redirect URI {uri} cannot be registered: {what}.")));
            }
        }

        var name = Text(metadata, "client_name") ?? "Unnamed client";
        if (WhyNotName(name) is { } wrongName)
        {
            return Bad(wrongName);
        }

        var method = Text(metadata, "token_endpoint_auth_method") ?? "client_secret_basic";
        if (method is not ("none" or "client_secret_post" or "client_secret_basic"))
        {
            return Bad("The member token_endpoint_auth_method must be none, client_secret_post or client_secret_basic.");
        }

        return WhatIsWrongWithTypes(metadata, out var grantTypes) is { } wrong ? Bad(wrong) : new RegistrationReading.Valid(new Registration(
            name,
            redirectUris,
            method,
            grantTypes,
            ApplicationTypeOf(metadata, redirectUris),
            Text(metadata, "scope"),
            WebUrl(metadata, "client_uri"),
            WebUrl(metadata, "logo_uri")));
    }

    /// <summary>A member of the wrong kind is an error, never a default: a client that registers something else than it believes fails later and darker.</summary>
    private static string? WhatIsWrongWithShape(JsonElement metadata)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in metadata.EnumerateObject())
        {
            if (!names.Add(member.Name))
            {
                return OAuthError.Printable($"The member {member.Name} stands twice.");
            }

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
        }

        return null;
    }

    private static string? WhatIsWrongWithTypes(JsonElement metadata, out IReadOnlyList<string> grantTypes)
    {
        grantTypes = Texts(metadata, "grant_types") is { Count: > 0 } given ? given : [Client.AuthorizationCode];
        var responseTypes = Texts(metadata, "response_types") is { Count: > 0 } types ? types : ["code"];
        return grantTypes.Except(KnownGrantTypes, StringComparer.Ordinal).Any() ? "The member grant_types may hold authorization_code and refresh_token."
            : !grantTypes.Contains(Client.AuthorizationCode, StringComparer.Ordinal) || !responseTypes.SequenceEqual(["code"], StringComparer.Ordinal)
                ? "The grant authorization_code and the response type code belong together; nothing else is offered."
            : metadata.TryGetProperty("jwks", out _) || metadata.TryGetProperty("jwks_uri", out _)
                ? "Keys (jwks, jwks_uri) are not used by the offered authentication methods."
            : null;
    }

    /// <summary>Absent: native when every redirect goes to the device (OpenID Connect Registration §2 knows web and native).</summary>
    private static string ApplicationTypeOf(JsonElement metadata, IReadOnlyList<string> redirectUris) => Text(metadata, "application_type") switch
    {
        "web" => "web",
        "native" => "native",
        _ => redirectUris.All(u => RedirectUri.IsLoopback(u) || RedirectUri.IsPrivateUse(u)) ? "native" : "web",
    };

    /// <summary>Names are shown to people: characters that turn or hide text would let a client write over ours.</summary>
    public static string? WhyNotName(string name) =>
        name.Length > Client.MaxNameLength ? "The member client_name may have at most 200 characters."
        : name.Any(IsHidden) ? "The member client_name must hold no control or direction characters."
        : null;

    private static bool IsHidden(char c) =>
        char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static RegistrationReading Bad(string description) => new RegistrationReading.Refused(OAuthError.InvalidClientMetadata(description));

    public static string? Text(JsonElement metadata, string name) =>
        metadata.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    public static string? WebUrl(JsonElement metadata, string name) =>
        Text(metadata, name) is { Length: <= 512 } text && OAuth.WebUrl.IsOne(text) ? text : null;

    public static List<string>? Texts(JsonElement metadata, string name) =>
        metadata.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(e => e.GetString()!)]
            : null;
}
