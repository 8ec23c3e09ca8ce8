using Latchkey.Server.Configuration;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Latchkey.Server.Token;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Net.Http.Headers;

namespace Latchkey.Server.Management;

/// <summary>Which API clients may call a route. A route of the management API without one answers nobody.</summary>
internal sealed record RequiresRole(params ApiRole[] Roles);

/// <summary>The API client behind a call, as it stands now: its token says only who it is.</summary>
internal sealed record ApiCaller(ApiClient Client)
{
    public Actor Actor => new Actor.Backend(Client.Id);

    /// <summary>How a handler's parameter gets its value: the authentication step left it with the request.</summary>
    public static ValueTask<ApiCaller?> BindAsync(HttpContext context) => ValueTask.FromResult(context.Features.Get<ApiCaller>());
}

/// <summary>
/// Authenticates every call below <c>/api/v1</c> that carries <see cref="RequiresRole"/>:
/// 1. exactly one bearer; 2. a management token: our own type, audience and key, so no user's token and no ID token can pass;
/// 3. the API client must exist, be enabled and have one of the roles, now.
/// </summary>
internal sealed class ApiAuthentication(KeyRing keys, ConfigurationCache configuration, TokenIssuer issuer, TimeProvider clock)
{
    private const string Scheme = "Bearer ";
    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<RequiresRole>() is not { } required)
        {
            await next(http);
            return;
        }

        if (await RefuseAsync(http, required) is { } problem)
        {
            await problem.ExecuteAsync(http);
            return;
        }

        await next(http);
    }

    private async Task<Problem?> RefuseAsync(HttpContext http, RequiresRole required)
    {
        var headers = http.Request.Headers[HeaderNames.Authorization];
        if (headers.Count > 1)
        {
            return Problem.TwoTokens;
        }

        if (headers.Count == 0 || headers[0] is not { } header || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return Problem.NoToken;
        }

        if (await ClientOfAsync(header[Scheme.Length..].Trim()) is not { } client)
        {
            return Problem.InvalidToken;
        }

        if (!required.Roles.Contains(client.Role))
        {
            return Problem.Forbidden(RoleName(client.Role));
        }

        http.Features.Set(new ApiCaller(client));
        return null;
    }

    private async Task<ApiClient?> ClientOfAsync(string token)
    {
        var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidTypes = [TokenIssuer.ManagementTokenType],
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidAudience = issuer.ManagementAudience,
            ValidateIssuer = false,
            IssuerSigningKey = keys.ApiTokenKey.AsSecurityKey(),
            TryAllIssuerSigningKeys = false,
            LifetimeValidator = (_, expires, _, _) => expires > clock.GetUtcNow().UtcDateTime,
        });
        return result.IsValid
            && result.SecurityToken is JsonWebToken jwt
            && ApiClientId.Parse(jwt.Subject) is { } id
            && configuration.Current.Find(id) is { IsEnabled: true } client
                ? client
                : null;
    }

    public static string RoleName(ApiRole role) => role switch
    {
        ApiRole.Management => "management",
        ApiRole.ReadOnly => "read-only",
        _ => "login",
    };
}
