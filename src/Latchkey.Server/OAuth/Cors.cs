using Microsoft.AspNetCore.Cors.Infrastructure;

namespace Latchkey.Server.OAuth;

/// <summary>Endpoints that browser-based clients call from any origin, without credentials. Never on authorize, consent, management API or dashboard.</summary>
internal static class Cors
{
    public const string OAuth = "oauth";

    public static void Configure(CorsOptions options) => options.AddPolicy(OAuth, policy => policy
        .AllowAnyOrigin()
        .WithMethods(HttpMethods.Get, HttpMethods.Head, HttpMethods.Post)
        .WithHeaders("Authorization", "Content-Type", "MCP-Protocol-Version", "DPoP", "Accept")
        .WithExposedHeaders("WWW-Authenticate", "DPoP-Nonce")
        .SetPreflightMaxAge(TimeSpan.FromHours(2)));
}
