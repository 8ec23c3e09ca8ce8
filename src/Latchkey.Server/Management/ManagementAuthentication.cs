using System.Text.Encodings.Web;
using Latchkey.Server.Http;
using Latchkey.Server.Limits;
using Latchkey.Server.Ports;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Latchkey.Server.Management;

/// <summary>
/// The authentication handler of the management API (RFC 6750):
/// 1. a request carries exactly one bearer token; 2. it is a management token (<see cref="ManagementTokenReader"/>) of an API client that is enabled now; 3. the address of
/// the caller is recorded, or logged when the client does not allow it. Roles and allowed addresses are checked by <see cref="ManagementPolicies"/>. Wrong tokens are rate-limited per network; a valid one never is.
/// </summary>
internal class ManagementAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    ManagementTokenReader tokens,
    ClientAddress address,
    ApiClientAddresses addresses,
    RateLimits limits)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, UrlEncoder.Default)
{
    public const string SchemeName = "Management";

    /// <summary>Whether a request may carry a stale token beside a valid one.</summary>
    protected virtual bool AcceptsSeveralTokens => false;

    /// <summary>Registers the core of authentication only: the rest brings data protection, which writes keys into the home directory.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<ManagementTokenReader>().AddSingleton<ApiClientAddresses>();
        services.AddAuthenticationCore(authentication =>
        {
            authentication.AddScheme<ManagementAuthentication>(SchemeName, displayName: null);
            authentication.DefaultScheme = SchemeName;
        });
        services.AddAuthorization(ManagementPolicies.Configure);
    }

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Context.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>() is null || BearerTokens.Of(Request) is not { Count: > 0 } bearers)
        {
            return AuthenticateResult.NoResult();
        }

        var from = address.Of(Context);
        foreach (var bearer in bearers.Count == 1 || AcceptsSeveralTokens ? bearers : [])
        {
            if (await tokens.ReadAsync(bearer) is { } client)
            {
                _ = addresses.Check(client, from);
                return AuthenticateResult.Success(new(new ApiCaller(client, from).Principal(Scheme.Name), Scheme.Name));
            }
        }

        return AuthenticateResult.Fail("no valid management token");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => RefuseAsync(BearerTokens.Of(Request).Count switch
    {
        0 => Problem.NoToken,
        > 1 when !AcceptsSeveralTokens => Problem.TwoTokens,
        _ => limits.FailureOfBearer(Context) is { } tooMany ? Problem.TooManyFailures(tooMany) : Problem.InvalidToken,
    });

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var caller = ApiCaller.Of(Context)!;
        return RefuseAsync(caller.IsAtAllowedAddress ? Problem.Forbidden(caller.Client.Role.Name()) : Problem.AddressNotAllowed);
    }

    protected virtual Task RefuseAsync(Problem problem) => problem.ExecuteAsync(Context);
}
