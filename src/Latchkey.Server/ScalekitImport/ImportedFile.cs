using System.Globalization;
using System.Text.Json.Nodes;
using Latchkey.Server.ConfigurationFile;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;

namespace Latchkey.Server.ScalekitImport;

/// <summary>A resource at Scalekit with its clients.</summary>
internal sealed record ScalekitResource(ScalekitThing Resource, IReadOnlyList<ScalekitThing> Clients);

/// <param name="Summary">What was found, for the operator.</param>
internal sealed record Import(string Yaml, string Summary);

/// <summary>
/// Writes Scalekit's configuration as a configuration file for review: 1. resources with their scopes, which are all default scopes; 2.
/// their connections, with <c>state_only</c>, because their login pages append no proof; 3. manual clients without secrets. Comments name
/// what is unsupported.
/// </summary>
/// <param name="scopes">The scopes of the environment.</param>
/// <param name="credential">The id of the credential that the import uses.</param>
internal sealed class ImportedFile(IReadOnlyList<ScalekitThing> scopes, string credential)
{
    private const long MaxAccessTokenSeconds = 24 * 3600;

    private static readonly string[] Unsupported = ["provider", "intersect_scopes_user_permission", "xaa_enabled"];
    private static readonly string[] UnsupportedOfClients = ["audience", "organization_id"];

    private readonly Dictionary<string, string> scopeDescriptions = scopes
        .Where(s => s.Text("name") is not null && s.Text("description") is not null)
        .GroupBy(s => s.Text("name")!, StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => g.First().Text("description")!, StringComparer.Ordinal);
    private readonly YamlText yaml = new();

    /// <summary>The resource that has each connection. Further resources with the same connection refer to it.</summary>
    private readonly Dictionary<string, string> connectionOwners = new(StringComparer.Ordinal);
    private int resources;
    private int clients;
    private int left;

    public static Import Write(
        Uri environment, IReadOnlyList<ScalekitResource> found, IReadOnlyList<ScalekitThing> scopes, string credential)
    {
        var file = new ImportedFile(scopes, credential);
        file.WriteAll(environment, found);
        return new(
            file.yaml.ToString(),
            $"Found {file.resources} MCP servers with {file.connectionOwners.Count} connections and {file.clients} manually created "
            + $"clients; {file.left} resources left out, for the reason in the file. Review it, then run: "
            + "latchkey apply -f <the file> --dry-run");
    }

    private void WriteAll(Uri environment, IReadOnlyList<ScalekitResource> found)
    {
        yaml.Comment(0, $"Exported from {environment.Host}. Review it, then run: latchkey apply -f <this file> --dry-run");
        yaml.Comment(0, "Registered clients and clients with a metadata document are left out: they connect again by themselves.");
        yaml.Key(0, "resources");
        foreach (var (resource, itsClients) in found)
        {
            yaml.Blank();
            if (ReasonToLeaveOut(resource) is { } why)
            {
                left++;
                yaml.Comment(1, $"left out: {resource.Text("name") ?? resource.Text("id")}, because {why}");
                continue;
            }

            resources++;
            WriteResource(resource);
            WriteConnection(resource);
            WriteClients(itsClients);
        }

        WriteLoginCredential(found.Select(f => f.Resource)
            .FirstOrDefault(r => ReasonToLeaveOut(r) is null && r.Thing("connection_details") is not null).Text("resource_uri"));
    }

    private static string? ReasonToLeaveOut(ScalekitThing resource) =>
        resource.Text("resource_type") is not (null or "MCP_SERVER") ? $"it is a {resource.Text("resource_type")}, not an MCP server"
        : resource.Text("resource_uri") is null ? "it has no resource_uri"
        : null;

    private void WriteResource(ScalekitThing resource)
    {
        yaml.Comment(1, $"at Scalekit: {resource.Text("id")}");
        var access = AccessTokenSeconds(1, resource, "access_token_expiry");
        CommentUnsupported(1, resource, Unsupported);
        yaml.Entry();
        yaml.Member(2, "resource_uri", resource.Text("resource_uri"));
        yaml.Member(2, "name", resource.Text("name") ?? resource.Text("resource_uri"));
        Optional(2, "description", resource.Text("description"));
        Optional(2, "logo_uri", resource.Text("logo_uri"));
        WriteScopes(resource.Things("scopes"));
        Optional(2, "access_token_expiry", access);
        Optional(2, "refresh_token_expiry", resource.Number("refresh_token_expiry"));
        yaml.Member(2, "disable_dynamic_client_registration", resource.YesNo("disable_dynamic_client_registration"));
        yaml.Member(2, "enable_cimd", resource.YesNo("enable_cimd"));
    }

    private void WriteScopes(IReadOnlyList<ScalekitThing> listed)
    {
        // openid and similar scopes belong to the protocol: resources do not list them.
        var own = listed.Where(s => s.Text("name") is { } name && !Scope.IsProtocol(name)).ToList();
        yaml.List(2, "scopes", own, scope =>
        {
            var name = scope.Text("name")!;
            var description = scope.Text("description") ?? scopeDescriptions.GetValueOrDefault(name);
            if (description?.Length > Resource.MaxTextLength)
            {
                yaml.Comment(3, $"shortened to {Resource.MaxTextLength} characters");
                description = description[..Resource.MaxTextLength];
            }

            yaml.Member(4, "name", name);
            Optional(4, "description", description);
            Disabled(4, scope);
        });
        if (own.Count > 0)
        {
            yaml.Comment(2, "Scalekit offers every scope to a client that requests none. List only those that read.");
            yaml.Member(2, "default_scopes", FieldKinds.Array([.. own.Select(s => s.Text("name")!)]));
        }
    }

    private void WriteConnection(ScalekitThing resource)
    {
        if (resource.Thing("connection_details") is not { } connection)
        {
            yaml.Comment(2, "it has no connection; add your login page:");
            yaml.Comment(2, "connection: {login_url: https://app.example.com/login}");
            return;
        }

        var id = connection.Text("id") ?? resource.Text("id") ?? "";
        if (!connectionOwners.TryAdd(id, resource.Text("resource_uri")!))
        {
            yaml.Member(2, "connection_of", connectionOwners[id]);
            return;
        }

        yaml.Comment(2, $"at Scalekit: {id}. The login page must use the connection's new id from GET /api/v1/connections.");
        yaml.Key(2, "connection");
        if (LoginUrlOf(connection) is { } loginUrl)
        {
            yaml.Member(3, "login_url", loginUrl);
        }
        else
        {
            yaml.Comment(3, "Scalekit did not return the URL of the login page; add it here");
            yaml.Comment(3, "login_url: https://app.example.com/login");
        }

        yaml.Comment(3, "state_only accepts the redirect of a login page written for Scalekit. It is safe only when");
        yaml.Comment(3, "that page asks for a click that names the client before it reports. Change it to required");
        yaml.Comment(3, "once the page appends auth_request_id to the redirect: this prevents session fixation.");
        yaml.Member(3, "callback_verification", "state_only");
        Disabled(3, connection);
    }

    /// <summary>Latchkey uses <c>login_url</c>; Scalekit's settings have no fixed members.</summary>
    private static string? LoginUrlOf(ScalekitThing connection) =>
        connection.Text("login_url") ?? connection.Thing("settings") switch
        {
            { } settings => settings.Text("authorize_uri") ?? settings.Text("login_url") ?? settings.Thing("custom")?.Text("authorize_uri"),
            null => null,
        };

    private void WriteClients(IReadOnlyList<ScalekitThing> all)
    {
        var made = all.Where(c => !c.YesNo("is_dcr") && !c.YesNo("is_cimd")).ToList();
        if (made.Count == 0)
        {
            return;
        }

        yaml.Key(2, "clients");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var client in made)
        {
            clients++;
            var id = client.Text("client_id");
            var name = client.Text("name") ?? id ?? "client";
            yaml.Comment(3, $"at Scalekit: {id}. It gets a new id here; tell its owner.");
            var expiry = AccessTokenSeconds(3, client, "expiry");
            CommentUnsupported(3, client, UnsupportedOfClients);
            yaml.Entry();
            yaml.Member(4, "name", names.Add(name) ? name : $"{name} ({id})");
            Optional(4, "description", client.Text("description"));
            yaml.Member(4, "redirect_uris", FieldKinds.Array(client.Texts("redirect_uris")));
            yaml.Member(4, "scopes", FieldKinds.Array(client.Texts("scopes")));
            Optional(4, "custom_claims", CustomClaims(client));
            Optional(4, "expiry", expiry);
            if (client.Things("secrets").Count == 0 && client.Texts("redirect_uris").Count > 0)
            {
                yaml.Member(4, "token_endpoint_auth_method", "none");
            }
            else
            {
                yaml.Comment(4, "its secrets cannot be exported; name the source of its present secret or of a new one:");
                yaml.Comment(4, "secrets: [{env: NAME}]");
            }
        }
    }

    /// <summary>The backend of the login page may keep its credential, because the operator chooses the id of an API client.</summary>
    private void WriteLoginCredential(string? user)
    {
        yaml.Blank();
        yaml.Comment(0, "The login page's backend keeps its id and secret when they are listed here:");
        yaml.Comment(0, "api_clients:");
        yaml.Comment(0, $"  - client_id: {(ApiClientId.Parse(credential) is { } id ? id.Value : "skc_login")}");
        yaml.Comment(0, "    name: Login page");
        yaml.Comment(0, "    role: login");
        yaml.Comment(0, $"    connections_of: [{user ?? "the resource_uri of a resource"}]");
        yaml.Comment(0, "    secrets: [{env: SCALEKIT_CLIENT_SECRET}]");
    }

    /// <summary>Returns the lifetime of access tokens, limited to the maximum of one day with a comment, or null when unset.</summary>
    private long? AccessTokenSeconds(int level, ScalekitThing thing, string name)
    {
        var seconds = thing.Number(name);
        if (seconds > MaxAccessTokenSeconds)
        {
            yaml.Comment(
                level, string.Create(CultureInfo.InvariantCulture, $"{name} was {seconds}; the maximum for access tokens is one day"));
        }

        return seconds is { } said ? Math.Min(said, MaxAccessTokenSeconds) : null;
    }

    private static JsonArray? CustomClaims(ScalekitThing client)
    {
        var claims = client.Things("custom_claims").Where(c => c.Text("key") is not null)
            .Select(c => (JsonNode)new JsonObject { ["key"] = c.Text("key"), ["value"] = c.Text("value") ?? "" }).ToArray();
        return claims.Length > 0 ? new(claims) : null;
    }

    private void CommentUnsupported(int level, ScalekitThing thing, string[] names)
    {
        var set = names.Where(thing.Has).ToList();
        if (set.Count > 0)
        {
            yaml.Comment(level, $"has no counterpart in Latchkey: {string.Join(", ", set)}");
        }
    }

    private void Disabled(int level, ScalekitThing thing)
    {
        if (thing.Json.TryGetProperty("enabled", out _) && !thing.YesNo("enabled"))
        {
            yaml.Member(level, "enabled", value: false);
        }
    }

    private void Optional(int level, string name, JsonNode? value)
    {
        if (value is not null)
        {
            yaml.Member(level, name, value);
        }
    }
}
