using Latchkey.Server.Management.Setup;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Dashboard.SetUp;

/// <summary>A tab of a step: a way to do it, with the values of this server filled in.</summary>
/// <param name="Key">The value of <c>?tab=</c>.</param>
public sealed record GuideTab(string Key, string Name, string Line, string Code);

/// <summary>How an MCP server is guarded, with the official SDKs of the Model Context Protocol.</summary>
internal static class GuardGuide
{
    public static IReadOnlyList<GuideTab> Of(Resource resource, IntegrationBody values) =>
    [
        new(
            "net", ".NET", "With ModelContextProtocol.AspNetCore and Microsoft.AspNetCore.Authentication.JwtBearer.",
            DotNet(resource, values)),
        new("node", "Node", "With @modelcontextprotocol/sdk, express and jose.", Node(resource, values)),
        new("python", "Python", "With mcp and PyJWT[crypto].", Python(resource, values)),
        new("other", "Go, Java and others", "What every MCP server has to do, in any language.", Other(resource, values)),
        new("agent", "Ask my coding agent", "A task with all values, for the program that writes your code.", Agent(resource, values)),
    ];

    private static string ScopesOf(Resource resource, char quote = '"') =>
        string.Join(", ", resource.Scopes.Select(s => $"{quote}{s.Name}{quote}"));

    private static string DotNet(Resource resource, IntegrationBody values) =>
        $$"""
        builder.Services
            .AddAuthentication(options =>
            {
                options.DefaultAuthenticateScheme = JwtBearerDefaults.AuthenticationScheme;
                options.DefaultChallengeScheme = McpAuthenticationDefaults.AuthenticationScheme;
            })
            .AddJwtBearer(bearer =>
            {
                bearer.Authority = "{{values.Issuer}}";
                bearer.RequireHttpsMetadata = {{(values.Issuer.StartsWith("https:", StringComparison.Ordinal) ? "true" : "false")}};
                bearer.MapInboundClaims = false;
                bearer.TokenValidationParameters.ValidIssuer = "{{values.Issuer}}";
                bearer.TokenValidationParameters.ValidAudience = "{{values.Audience}}";
                bearer.TokenValidationParameters.ValidTypes = ["at+jwt"];
                bearer.TokenValidationParameters.NameClaimType = "name";
            })
            .AddMcp(mcp => mcp.ResourceMetadata = new()
            {
                Resource = "{{values.ResourceUri}}",
                AuthorizationServers = { "{{values.Issuer}}" },
                ScopesSupported = [{{ScopesOf(resource)}}],
            });
        builder.Services.AddAuthorization();

        app.UseAuthentication();
        app.UseAuthorization();
        app.MapMcp("{{new Uri(values.ResourceUri).AbsolutePath}}").RequireAuthorization();
        """;

    private static string Node(Resource resource, IntegrationBody values) =>
        $$"""
        import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
        import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
        import { mcpAuthMetadataRouter, getOAuthProtectedResourceMetadataUrl } from '@modelcontextprotocol/sdk/server/auth/router.js';
        import { createRemoteJWKSet, jwtVerify } from 'jose';

        const issuer = '{{values.Issuer}}';
        const resource = new URL('{{values.ResourceUri}}');
        const keys = createRemoteJWKSet(new URL('{{values.JwksUri}}'));
        const verifier = {
          async verifyAccessToken(token) {
            try {
              const { payload } = await jwtVerify(token, keys, { issuer, audience: '{{values.Audience}}', typ: 'at+jwt' });
              return { token, clientId: payload.client_id, scopes: payload.scope.split(' '), expiresAt: payload.exp, extra: payload };
            } catch (error) {
              throw new InvalidTokenError(error.message);
            }
          },
        };

        const metadata = '{{values.BaseUrl}}/.well-known/oauth-authorization-server/resources/{{values.ResourceId}}';
        app.use(mcpAuthMetadataRouter({
          oauthMetadata: await (await fetch(metadata)).json(),
          resourceServerUrl: resource,
          scopesSupported: [{{ScopesOf(resource, '\'')}}],
        }));
        app.use(resource.pathname, requireBearerAuth({
          verifier, resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource),
        }));
        """;

    private static string Python(Resource resource, IntegrationBody values) =>
        $$"""
        import jwt
        from mcp.server.auth.provider import AccessToken, TokenVerifier
        from mcp.server.auth.settings import AuthSettings
        from mcp.server.fastmcp import FastMCP

        ISSUER = "{{values.Issuer}}"
        RESOURCE = "{{values.ResourceUri}}"
        KEYS = jwt.PyJWKClient("{{values.JwksUri}}")

        class Tokens(TokenVerifier):
            async def verify_token(self, token):
                try:
                    key = KEYS.get_signing_key_from_jwt(token)
                    claims = jwt.decode(token, key, algorithms=["{{resource.Algorithm}}"], issuer=ISSUER, audience="{{values.Audience}}")
                except jwt.PyJWTError:
                    return None
                return AccessToken(token=token, client_id=claims["client_id"], scopes=claims["scope"].split(), expires_at=claims["exp"])

        mcp = FastMCP("{{resource.Name.Replace("\"", "", StringComparison.Ordinal)}}", token_verifier=Tokens(), auth=AuthSettings(
            issuer_url=ISSUER, resource_server_url=RESOURCE, required_scopes=[]))
        """;

    private static string Other(Resource resource, IntegrationBody values) =>
        $$"""
        1. A request without a valid token gets

           HTTP/1.1 401 Unauthorized
           WWW-Authenticate: Bearer resource_metadata="{{values.ProtectedMetadataUri}}"

        2. A token is valid when
           signature  a key of {{values.JwksUri}} (cache it; read it again for an unknown kid)
           typ        at+jwt
           iss        {{values.Issuer}}
           aud        contains {{values.Audience}}
           exp        in the future

        3. sub and client_id say who asks with which program; scope says what it may do:
           {{string.Join(' ', resource.Scopes.Select(s => s.Name))}}
        """;

    private static string Agent(Resource resource, IntegrationBody values) =>
        $$"""
        Make this MCP server an OAuth 2.1 resource server (MCP authorization, RFC 9728).
        Use the official MCP SDK of the language of this project and a maintained JWT library.
        - Without a valid access token, answer every request to {{values.ResourceUri}} with 401 and
          WWW-Authenticate: Bearer resource_metadata="{{values.ProtectedMetadataUri}}"
        - Validate tokens as JWTs: keys from {{values.JwksUri}} (cache them, read them again for an unknown kid), typ "at+jwt",
          iss "{{values.Issuer}}", aud contains "{{values.Audience}}", exp. Algorithm {{resource.Algorithm}}. Reject everything else.
        - The claim scope has the permissions, separated by spaces:
          {{string.Join(", ", resource.Scopes.Select(s => $"{s.Name} ({s.Description})"))}}.
          A tool whose permission is missing gets 403 with error="insufficient_scope".
        - The user is the claim sub. Do not read tokens from the query, and do not log them.
        - Add a test: no token is 401 with that header, a token of another audience is 401.
        """;
}
