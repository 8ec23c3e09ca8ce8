using System.Buffers;
using System.Text.Json;
using Latchkey.Server.Configuration;
using Latchkey.Server.Keys;
using Latchkey.Server.Refusals;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Discovery;

/// <summary>
/// The key set (RFC 7517) at <c>/keys</c> and <c>/.well-known/jwks.json</c>, also below a resource, with the public members of the
/// current, next and former keys, because clients cache it for as long as their process lives. RS256 comes first; ES256 is included only
/// when a resource uses it.
/// </summary>
internal static class KeysEndpoint
{
    public static void Map(IEndpointRouteBuilder app)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        app.MapMethods("/keys", methods, Get).RequireCors(Cors.OAuth);
        app.MapMethods("/.well-known/jwks.json", methods, Get).RequireCors(Cors.OAuth);
        app.MapMethods("/resources/{resource}/.well-known/jwks.json", methods, OfResource).RequireCors(Cors.OAuth);
    }

    /// <summary>Some verifiers build this path from the issuer instead of reading <c>jwks_uri</c>.</summary>
    private static IResult OfResource(string resource, KeyRing keys, ConfigurationCache configuration) =>
        ResourceId.Parse(resource) is { } id && configuration.Current.Find(id) is not null
            ? Get(keys, configuration)
            : OAuthJson.UnknownResource(configuration.Current.PathsLike(resource));

    private static IResult Get(KeyRing keys, ConfigurationCache configuration)
    {
        var published = keys.SigningKeys.Where(k => configuration.Current.Publishes(k.Algorithm));
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("keys");
            foreach (var key in published)
            {
                Write(json, key);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return new CacheableJson(buffer.WrittenSpan.ToArray());
    }

    private static void Write(Utf8JsonWriter json, SigningKey key)
    {
        json.WriteStartObject();
        json.WriteString("kid", key.Id);
        json.WriteString("use", "sig");
        json.WriteString("alg", key.Algorithm.ToString());
        if (key.Key is ECDsaSecurityKey { ECDsa: var ec })
        {
            var point = ec.ExportParameters(includePrivateParameters: false).Q;
            json.WriteString("kty", "EC");
            json.WriteString("crv", "P-256");
            json.WriteString("x", Base64UrlEncoder.Encode(point.X!));
            json.WriteString("y", Base64UrlEncoder.Encode(point.Y!));
        }
        else if (key.Key is RsaSecurityKey { Rsa: var rsa })
        {
            var numbers = rsa.ExportParameters(includePrivateParameters: false);
            json.WriteString("kty", "RSA");
            json.WriteString("n", Base64UrlEncoder.Encode(numbers.Modulus!));
            json.WriteString("e", Base64UrlEncoder.Encode(numbers.Exponent!));
        }

        json.WriteEndObject();
    }
}
