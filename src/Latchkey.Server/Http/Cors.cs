using Microsoft.AspNetCore.Cors.Infrastructure;

namespace Latchkey.Server.Http;

/// <summary>For endpoints that browser-based clients call. Never on authorize, consent, management API or dashboard.</summary>
internal static class Cors
{
    public const string OAuth = "oauth";

    /// <summary>Client configuration (RFC 7592): read, update and delete.</summary>
    public const string Registration = "registration";

    public static void Configure(CorsOptions options)
    {
        options.AddPolicy(OAuth, policy => Open(policy, HttpMethods.Get, HttpMethods.Head, HttpMethods.Post));
        options.AddPolicy(Registration, policy => Open(policy, HttpMethods.Get, HttpMethods.Put, HttpMethods.Delete));
    }

    private static void Open(CorsPolicyBuilder policy, params string[] methods) => policy
        .AllowAnyOrigin()
        .WithMethods(methods)
        .WithHeaders("Authorization", "Content-Type", "MCP-Protocol-Version", "DPoP", "Accept")
        .WithExposedHeaders("WWW-Authenticate", "DPoP-Nonce", "Retry-After")
        .SetPreflightMaxAge(TimeSpan.FromHours(2));
}
