using System.Text.Json;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Management.Resources;

/// <summary>Reads a resource from a request: create takes defaults for what is absent, PATCH leaves it as it was (and null sets the default).</summary>
internal static class ResourceBodyReader
{
    private const long MaxLifetimeSeconds = 10L * 365 * 24 * 3600;

    public static Resource New(JsonBody body, string baseUrl, ConfigurationSnapshot configuration, DateTimeOffset now)
    {
        ReadType(body);
        var blank = new Resource(
            ResourceId.New(), "", "https://unset.invalid", Description: null, LogoUri: null, [],
            Resource.DefaultAccessTokenLifetime, Resource.DefaultRefreshTokenLifetime, Resource.DefaultGrantLifetime,
            AllowsRegistration: true, AllowsMetadataDocuments: true, SigningAlgorithm.RS256, TokenIssuerChoice.Resource,
            RequiresFreshLogin: false, ScopesCanBeUnticked: true, ConnectionId: null, now, now);
        if (!body.Has("name"))
        {
            body.Wrong("name", "is required");
        }

        if (!body.Has("resource_uri"))
        {
            body.Wrong("resource_uri", "is required");
        }

        return Change(blank, body, baseUrl, configuration, now);
    }

    /// <summary>There is one type, which many callers name.</summary>
    public static void ReadType(JsonBody body)
    {
        if (body.Text("resource_type", 32) is not (null or "MCP_SERVER"))
        {
            body.Wrong("resource_type", "must be MCP_SERVER");
        }
    }

    public static Resource Change(Resource resource, JsonBody body, string baseUrl, ConfigurationSnapshot configuration, DateTimeOffset now)
    {
        var name = body.Has("name") ? body.Name("name", Resource.MaxNameLength, required: true) ?? resource.Name : resource.Name;
        var uri = body.Has("resource_uri") ? Uri(body, baseUrl) ?? resource.Uri : resource.Uri;
        return new Resource(
            resource.Id,
            name,
            uri,
            body.Has("description") ? body.Text("description", Resource.MaxTextLength) : resource.Description,
            body.Has("logo_uri") ? WebUrl(body, "logo_uri") : resource.LogoUri,
            body.Has("scopes") ? Scopes(body, resource) : resource.Scopes,
            Lifetime(body, "access_token_expiry", resource.AccessTokenLifetime, Resource.DefaultAccessTokenLifetime, max: 24 * 3600),
            Lifetime(body, "refresh_token_expiry", resource.RefreshTokenLifetime, Resource.DefaultRefreshTokenLifetime, MaxLifetimeSeconds),
            Lifetime(body, "grant_expiry", resource.GrantLifetime, Resource.DefaultGrantLifetime, MaxLifetimeSeconds),
            body.Has("disable_dynamic_client_registration") ? !(body.YesNo("disable_dynamic_client_registration") ?? false) : resource.AllowsRegistration,
            body.Has("enable_cimd") ? body.YesNo("enable_cimd") ?? true : resource.AllowsMetadataDocuments,
            body.Has("signing_algorithm") ? Choice(body, "signing_algorithm", SigningAlgorithm.RS256, Enum.GetNames<SigningAlgorithm>(), Enum.Parse<SigningAlgorithm>) : resource.Algorithm,
            body.Has("token_issuer")
                ? Choice(body, "token_issuer", TokenIssuerChoice.Resource, ["resource", "environment"], t => t == "resource" ? TokenIssuerChoice.Resource : TokenIssuerChoice.Environment)
                : resource.TokenIssuer,
            body.Has("require_fresh_login") ? body.YesNo("require_fresh_login") ?? false : resource.RequiresFreshLogin,
            body.Has("scopes_can_be_unticked") ? body.YesNo("scopes_can_be_unticked") ?? true : resource.ScopesCanBeUnticked,
            body.Has("connection_id") ? Connection(body, configuration) : resource.ConnectionId,
            resource.CreatedAt,
            now,
            Hosts(body, "cimd_allowed_hosts", resource.CimdAllowedHosts),
            Hosts(body, "cimd_denied_hosts", resource.CimdDeniedHosts),
            body.Has("require_initial_access_token") ? body.YesNo("require_initial_access_token") ?? false : resource.RequiresInitialAccessToken)
        { Revision = resource.Revision };
    }

    /// <summary>An absolute URI without fragment; never on this server's own origin, so that no user token could carry the management API's audience.</summary>
    private static string? Uri(JsonBody body, string baseUrl)
    {
        var text = body.Text("resource_uri", ResourceUri.MaxLength, required: true);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (ResourceUri.Canonical(text) is not { } canonical)
        {
            body.Wrong("resource_uri", "must be the absolute URI of the MCP server, without fragment or user information");
            return null;
        }

        if (ResourceUri.Origin(canonical) == ResourceUri.Canonical(baseUrl))
        {
            body.Wrong("resource_uri", "must not lie on Latchkey's own origin");
            return null;
        }

        return text;
    }

    private static IReadOnlyList<string>? Hosts(JsonBody body, string name, IReadOnlyList<string>? former)
    {
        if (!body.Has(name))
        {
            return former;
        }

        var hosts = body.Texts(name, HostList.MaxEntries, HostList.MaxLength);
        if (hosts?.FirstOrDefault(h => HostList.WhyNotEntry(h) is not null) is { } wrong)
        {
            body.Wrong(name, $"holds '{OAuthError.Printable(wrong)}': an entry {HostList.WhyNotEntry(wrong)}");
        }

        return hosts;
    }

    private static string? WebUrl(JsonBody body, string name)
    {
        var text = body.Text(name, Resource.MaxTextLength);
        if (!string.IsNullOrEmpty(text) && !OAuth.WebUrl.IsOne(text))
        {
            body.Wrong(name, "must be an http or https URL");
        }

        return string.IsNullOrEmpty(text) ? null : text;
    }

    private static TimeSpan Lifetime(JsonBody body, string name, TimeSpan former, TimeSpan fallback, long max)
    {
        if (!body.Has(name))
        {
            return former;
        }

        // Protobuf's JSON writes an unset number as 0: it means the default.
        return body.Number(name, 0, max) is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : fallback;
    }

    private static T Choice<T>(JsonBody body, string name, T fallback, string[] names, Func<string, T> parse)
    {
        if (body.Text(name, 32) is not { } text)
        {
            return fallback;
        }

        if (names.Contains(text, StringComparer.Ordinal))
        {
            return parse(text);
        }

        body.Wrong(name, $"must be one of {string.Join(", ", names)}");
        return fallback;
    }

    private static ConnectionId? Connection(JsonBody body, ConfigurationSnapshot configuration)
    {
        if (body.Text("connection_id", 64) is not { Length: > 0 } text)
        {
            return null;
        }

        if (ConnectionId.Parse(text) is { } id && configuration.Find(id) is not null)
        {
            return id;
        }

        body.Wrong("connection_id", Problem.NotFound("connection", text).Detail);
        return null;
    }

    /// <summary>Each scope is a name, or an object with name, description and enabled. A scope that stays keeps its id, and its description when none is given.</summary>
    private static List<ResourceScope> Scopes(JsonBody body, Resource resource)
    {
        var scopes = new List<ResourceScope>();
        if (body.Element("scopes", JsonValueKind.Array, "must be an array") is not { } array)
        {
            return scopes;
        }

        if (array.GetArrayLength() > Resource.MaxScopes)
        {
            body.Wrong("scopes", $"may have at most {Resource.MaxScopes} entries");
            return scopes;
        }

        foreach (var element in array.EnumerateArray())
        {
            var entry = element.ValueKind == JsonValueKind.String ? null : JsonBody.Of(element);
            var name = entry is null ? element.GetString()! : entry.Text("name", Scope.MaxTokenLength, required: true) ?? "";
            var former = resource.Scopes.FirstOrDefault(s => s.Name == name);
            var description = entry?.Text("description", Resource.MaxTextLength) ?? former?.Description ?? name;
            var isEnabled = entry?.YesNo("enabled") ?? true;
            _ = entry?.Has("id");
            if (entry?.WhatIsWrong() is { } problem)
            {
                body.Wrong("scopes", problem.Detail.TrimEnd('.'));
            }
            else if (!Scope.IsToken(name))
            {
                body.Wrong("scopes", "must have names of printable ASCII without spaces, quotes and backslashes");
            }
            else if (Scope.IsProtocol(name) || scopes.Exists(s => s.Name == name))
            {
                body.Wrong("scopes", $"holds {name}, which {(Scope.IsProtocol(name) ? "belongs to the protocol" : "stands twice")}");
            }

            scopes.Add(new(former?.Id ?? ScopeId.New(), name, description, isEnabled));
        }

        return scopes;
    }
}
