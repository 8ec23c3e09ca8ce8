using System.Buffers.Text;
using System.Net;
using System.Text.Json;
using Latchkey.Server.Configuration;
using Latchkey.Server.Keys;
using Latchkey.Server.Limits;
using Latchkey.Server.OAuth;
using Latchkey.Server.Ports;
using Latchkey.Server.Token;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Management;

/// <summary>Which API clients may call a route.</summary>
internal sealed record RequiresRole(params ApiRole[] Roles);

/// <summary>The API client behind a call, as it stands now: its token says only who it is.</summary>
/// <param name="Address">From where it calls.</param>
internal sealed record ApiCaller(ApiClient Client, IPAddress Address)
{
    public Actor Actor => new Actor.Backend(Client.Id);

    /// <summary>How a handler's parameter gets its value: the authentication step left it with the request.</summary>
    public static ValueTask<ApiCaller?> BindAsync(HttpContext context) => ValueTask.FromResult(context.Features.Get<ApiCaller>());
}

internal abstract record Admission
{
    private Admission() { }

    public sealed record Admitted(ApiCaller Caller) : Admission;

    public sealed record Refused(Problem Problem) : Admission;
}

/// <summary>
/// Authenticates every call below <c>/api/v1</c> that carries <see cref="RequiresRole"/>:
/// 1. exactly one bearer; 2. a management token: our own type, audience and key, so no user's token and no ID token can pass;
/// 3. the API client must exist, be enabled, come from where it may and have one of the roles, now.
/// </summary>
internal sealed class ApiAuthentication(KeyRing keys, ConfigurationCache configuration, TokenIssuer issuer, RateLimits limits, ClientAddress address, ApiClientAddresses addresses, Settings settings, TimeProvider clock)
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

        var bearers = BearersIn(http.Request.Headers.Authorization);
        switch (bearers.Count > 1 ? new Admission.Refused(Problem.TwoTokens) : await AdmitAsync(http, bearers, required))
        {
            case Admission.Refused refused:
                await refused.Problem.ExecuteAsync(http);
                break;

            case Admission.Admitted admitted:
                http.Features.Set(admitted.Caller);
                await next(http);
                break;
        }
    }

    /// <summary>The bearer tokens in the Authorization header, whether it came several times or somebody on the way joined it with commas, which no token holds.</summary>
    public static IReadOnlyList<string> BearersIn(StringValues headers) =>
    [
        .. headers.OfType<string>().SelectMany(h => h.Split(',', StringSplitOptions.TrimEntries))
            .Where(h => h.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            .Select(h => h[Scheme.Length..].Trim()),
    ];

    /// <summary>Who calls: the first bearer that is a live management token says it. Whoever has none of them and tries again and again is told to wait.</summary>
    public async Task<Admission> AdmitAsync(HttpContext http, IReadOnlyList<string> bearers, RequiresRole required)
    {
        var from = address.Of(http);
        foreach (var bearer in bearers)
        {
            if (await ClientOfAsync(bearer) is { } client)
            {
                if (!client.AllowsAddress(from))
                {
                    addresses.Refused(client, from);
                    return new Admission.Refused(Problem.AddressNotAllowed);
                }

                addresses.Note(client, from);
                return required.Roles.Contains(client.Role)
                    ? new Admission.Admitted(new ApiCaller(client, from))
                    : new Admission.Refused(Problem.Forbidden(RoleName(client.Role)));
            }
        }

        return new Admission.Refused(
            bearers.Count == 0 ? Problem.NoToken
            : limits.FailureOfBearer(http) is { } tooMany ? Problem.TooManyFailures(tooMany)
            : Problem.InvalidToken);
    }

    private async Task<ApiClient?> ClientOfAsync(string token)
    {
        var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidTypes = [TokenIssuer.ManagementTokenType],
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidAudience = issuer.ManagementAudience,
            ValidIssuer = settings.BaseUrl,
            IssuerSigningKeys = keys.ApiTokenKeys,
            TryAllIssuerSigningKeys = false,
            LifetimeValidator = (notBefore, expires, _, _) => expires > clock.GetUtcNow().UtcDateTime && !(notBefore > clock.GetUtcNow().UtcDateTime),
        });
        return result.IsValid
            && result.SecurityToken is JsonWebToken jwt
            && SaysEverythingOnce(jwt)
            && ApiClientId.Parse(jwt.Subject) is { } id
            && configuration.Current.Find(id) is { IsEnabled: true } client
                ? client
                : null;
    }

    /// <summary>Of a claim that stands twice two readers may read two different things (RFC 7519 §4).</summary>
    private static bool SaysEverythingOnce(JsonWebToken jwt)
    {
        try
        {
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(jwt.EncodedPayload), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    public static string RoleName(ApiRole role) => role switch
    {
        ApiRole.Management => "management",
        ApiRole.ReadOnly => "read-only",
        _ => "login",
    };
}
