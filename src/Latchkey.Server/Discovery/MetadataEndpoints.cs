using System.Buffers;
using System.Text.Json;
using Latchkey.Server.Configuration;
using Latchkey.Server.Network;
using Latchkey.Server.Refusals;
using Latchkey.Server.Resources;
using Latchkey.Server.Token;

namespace Latchkey.Server.Discovery;

/// <summary>
/// Discovery: authorization server metadata (RFC 8414) at every path where clients look for it, OpenID Connect discovery with the same
/// content, and protected resource metadata (RFC 9728) for an MCP server to serve or proxy. Built from the configured base URL only:
/// request headers have no effect on the documents.
/// </summary>
internal static class MetadataEndpoints
{
    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder app)
    {
        LogoEndpoint.Map(app);
        foreach (var document in new[] { "oauth-authorization-server", "openid-configuration" })
        {
            app.MapMethods($"/.well-known/{document}", GetAndHead, Environment).RequireCors(Cors.OAuth);
            app.MapMethods($"/.well-known/{document}/resources/{{resource}}", GetAndHead, OfResource).RequireCors(Cors.OAuth);
            app.MapMethods($"/resources/{{resource}}/.well-known/{document}", GetAndHead, OfResource).RequireCors(Cors.OAuth);
        }

        app.MapMethods("/.well-known/oauth-protected-resource/{resource}", GetAndHead, ProtectedResource).RequireCors(Cors.OAuth);
    }

    private static IResult Environment(ConfigurationCache configuration, OutboundReach reach, Settings settings) =>
        new CacheableJson(Document(Issuer.Environment(settings.BaseUrl), resource: null, configuration.Current, reach, settings));

    private static IResult OfResource(string resource, ConfigurationCache configuration, OutboundReach reach, Settings settings) =>
        Find(resource, configuration.Current) is { } found
            ? new CacheableJson(Document(Issuer.Of(settings.BaseUrl, found.Id), found, configuration.Current, reach, settings))
            : OAuthJson.UnknownResource(configuration.Current.PathsLike(resource));

    private static IResult ProtectedResource(string resource, ConfigurationCache configuration, Settings settings)
    {
        if (Find(resource, configuration.Current) is not { } found)
        {
            return OAuthJson.UnknownResource(configuration.Current.PathsLike(resource));
        }

        return new CacheableJson(Write(json =>
        {
            json.WriteString("resource", found.Uri);
            json.WriteString("resource_name", found.Name);
            WriteArray(json, "authorization_servers", [Issuer.Of(settings.BaseUrl, found.Id).Value]);
            WriteArray(json, "scopes_supported", found.GrantableScope);
            WriteArray(json, "bearer_methods_supported", ["header"]);
        }));
    }

    private static byte[] Document(
        Issuer issuer, Resource? resource, ConfigurationSnapshot configuration, OutboundReach reach, Settings settings)
    {
        var resources = resource is null ? configuration.Resources : [resource];
        var isRegistrationOpen = resources.Any(r => r.AllowsRegistration);
        var acceptsDocuments = resources.Any(r => r.AllowsMetadataDocuments);
        return Write(json =>
        {
            json.WriteString("issuer", issuer.Value);
            json.WriteString("authorization_endpoint", issuer.AuthorizationEndpoint);
            json.WriteString("token_endpoint", issuer.TokenEndpoint);
            json.WriteString("jwks_uri", settings.BaseUrl + "/keys");
            if (isRegistrationOpen)
            {
                json.WriteString(
                    "registration_endpoint",
                    resource is null
                        ? settings.BaseUrl + "/oauth/register"
                        : $"{settings.BaseUrl}/api/v1/resources/{resource.Id}/clients:register");
            }

            json.WriteString("pushed_authorization_request_endpoint", issuer.PushEndpoint);
            json.WriteBoolean("require_pushed_authorization_requests", false);
            json.WriteString("revocation_endpoint", issuer.RevocationEndpoint);
            json.WriteString("introspection_endpoint", issuer.IntrospectionEndpoint);

            WriteClientAuthentication(json, acceptsUnknownClients: isRegistrationOpen || acceptsDocuments);
            WriteArray(json, "response_types_supported", ["code"]);
            WriteArray(json, "response_modes_supported", ["query", "form_post"]);
            WriteArray(
                json, "grant_types_supported", GrantType.All.Where(static type => type.IsAdvertised).Select(static type => type.Name));
            WriteArray(json, "code_challenge_methods_supported", [Pkce.Method]);
            WriteArray(json, "scopes_supported", [
                .. resources.SelectMany(r => r.GrantableScope).Distinct(StringComparer.Ordinal), Scope.OpenId, Scope.Profile, Scope.Email,
                Scope.OfflineAccess]);
            WriteArray(json, "subject_types_supported", ["public"]);
            WriteArray(json, "id_token_signing_alg_values_supported", configuration.PublishedAlgorithms.Select(static a => a.ToString()));
            WriteArray(json, "claims_supported", TokenIssuer.IdTokenClaims);
            json.WriteString("userinfo_endpoint", settings.BaseUrl + "/userinfo");
            json.WriteBoolean("authorization_response_iss_parameter_supported", true);
            json.WriteBoolean("client_id_metadata_document_supported", acceptsDocuments && reach.AdvertisesDocuments);
            json.WriteBoolean("request_uri_parameter_supported", false);
            json.WriteBoolean("request_parameter_supported", false);
        });
    }

    /// <summary>
    /// The methods of client authentication of the endpoints that need one. An endpoint that lists <c>private_key_jwt</c> also lists the
    /// algorithms, because none are implied (RFC 8414 §2). Introspection is for clients that an operator created, which have a secret.
    /// </summary>
    /// <param name="acceptsUnknownClients">Whether clients may register themselves or use a metadata document.</param>
    private static void WriteClientAuthentication(Utf8JsonWriter json, bool acceptsUnknownClients)
    {
        // Some clients take the first method listed; "none" comes first where a client may register itself as public.
        string[] secrets = ["client_secret_post", "client_secret_basic"];
        string[] methods = acceptsUnknownClients ? ["none", .. secrets, "private_key_jwt"] : [.. secrets, "none"];
        foreach (var endpoint in new[] { "token", "revocation" })
        {
            WriteArray(json, $"{endpoint}_endpoint_auth_methods_supported", methods);
            if (acceptsUnknownClients)
            {
                WriteArray(json, $"{endpoint}_endpoint_auth_signing_alg_values_supported", ["RS256", "ES256", "PS256"]);
            }
        }

        WriteArray(json, "introspection_endpoint_auth_methods_supported", secrets);
    }

    private static Resource? Find(string text, ConfigurationSnapshot configuration) =>
        ResourceId.Parse(text) is { } id ? configuration.Find(id) : null;

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Omits a member without values (RFC 8414 §3.2, RFC 9728 §3.2).</summary>
    private static void WriteArray(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        if (!values.Any())
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
