using System.Text.Encodings.Web;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Limits;
using Latchkey.Server.Network;
using Latchkey.Server.Token;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Latchkey.Server.Management;

/// <summary>The differences between the surfaces that accept management tokens.</summary>
internal sealed class ManagementAuthenticationOptions : AuthenticationSchemeOptions
{
    /// <summary>A request may carry a stale token beside a valid one. The first valid token counts.</summary>
    public bool AcceptsSeveralTokens { get; set; }

    /// <summary>Writes a refusal.</summary>
    public Func<HttpContext, Problem, Task> RefuseAsync { get; set; } = (http, problem) => problem.ExecuteAsync(http);
}

/// <summary>
/// The authentication handler of the management API (RFC 6750):
/// 1. a request carries exactly one bearer token;
/// 2. it is a management token (<see cref="ManagementTokenReader"/>) of an API client that is enabled now;
/// 3. the address of the caller is recorded, or logged when the client does not allow it.
/// Roles and allowed addresses are checked by <see cref="ManagementPolicies"/>.
/// Wrong tokens are rate-limited per network; a valid one never is.
/// </summary>
internal sealed class ManagementAuthentication(
    IOptionsMonitor<ManagementAuthenticationOptions> options,
    ILoggerFactory logger,
    ManagementTokenReader tokens,
    ClientAddress address,
    ApiClientAddresses addresses,
    RateLimits limits)
    : AuthenticationHandler<ManagementAuthenticationOptions>(options, logger, UrlEncoder.Default)
{
    public const string SchemeName = "Management";

    /// <summary>SDKs send a stale token beside the new one. Each is verified, and a header has room for thousands.</summary>
    public const int MaxTokens = 4;

    public static Problem TooManyFailures(RateLimitExceeded exceeded) =>
        new(429, "too_many_requests", exceeded.Sentence("wrong bearer tokens") + " A valid token is still accepted.")
        {
            RetryAfterSeconds = exceeded.RetryAfterSeconds,
        };

    /// <summary>
    /// Registers the core of authentication only: AddAuthentication would bring data protection, which writes keys into the home directory.
    /// </summary>
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
        foreach (var bearer in bearers.Count == 1 || (Options.AcceptsSeveralTokens && bearers.Count <= MaxTokens) ? bearers : [])
        {
            if (await tokens.ReadAsync(bearer) is { } client)
            {
                _ = addresses.Check(client, from);
                return AuthenticateResult.Success(new(new ApiCaller(client, from).Principal(Scheme.Name), Scheme.Name));
            }
        }

        return AuthenticateResult.Fail("no valid management token");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
        Options.RefuseAsync(Context, BearerTokens.Of(Request).Count switch
        {
            0 => Problem.NoToken,
            > 1 when !Options.AcceptsSeveralTokens => Problem.TwoTokens,
            _ => limits.FailureOfBearer(Context) is { } exceeded ? TooManyFailures(exceeded) : Problem.InvalidToken,
        });

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var caller = ApiCaller.Of(Context)!;
        return Options.RefuseAsync(
            Context, caller.IsAtAllowedAddress ? Problem.Forbidden(caller.Client.Role.Name()) : Problem.AddressNotAllowed);
    }
}
