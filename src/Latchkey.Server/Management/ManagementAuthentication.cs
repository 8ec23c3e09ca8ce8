using System.Text.Encodings.Web;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Limits;
using Latchkey.Server.Login;
using Latchkey.Server.Management.Logins;
using Latchkey.Server.Network;
using Latchkey.Server.SignIns;
using Latchkey.Server.Token;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Latchkey.Server.Management;

/// <summary>The ids of the connection and the login request of a report.</summary>
internal sealed record ReportedIds(string Connection, string LoginRequest);

/// <summary>The differences between the surfaces that accept management tokens.</summary>
internal sealed class ManagementAuthenticationOptions : AuthenticationSchemeOptions
{
    /// <summary>A request may carry a stale token beside a valid one. The first valid token counts.</summary>
    public bool AcceptsSeveralTokens { get; set; }

    /// <summary>The ids in a report, as sent. Null for another request.</summary>
    public Func<HttpContext, ValueTask<ReportedIds?>> ReportOfAsync { get; set; } = http => ValueTask.FromResult(
        http.GetEndpoint() is RouteEndpoint route && LoginRoutes.AreReported(route.RoutePattern.RawText)
            ? new ReportedIds($"{http.Request.RouteValues["connection"]}", $"{http.Request.RouteValues["id"]}")
            : null);

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
    RateLimits limits,
    UnattributedReports reports)
    : AuthenticationHandler<ManagementAuthenticationOptions>(options, logger, UrlEncoder.Default)
{
    public const string SchemeName = "Management";

    /// <summary>SDKs send a stale token beside the new one. Each is verified, and a header has room for thousands.</summary>
    public const int MaxTokens = 4;

    private static readonly string ReportingRoles = $"{ApiRole.Login.Name()} or {ApiRole.Management.Name()}";

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

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var problem = BearerTokens.Of(Request).Count switch
        {
            0 => Problem.NoToken,
            > 1 when !Options.AcceptsSeveralTokens => Problem.TwoTokens,
            _ => limits.FailureOfBearer(Context) is { } exceeded ? TooManyFailures(exceeded) : Problem.InvalidToken,
        };
        await RefuseAsync(ReportErrors.Unauthenticated(problem));
    }

    protected override async Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var caller = ApiCaller.Of(Context)!;
        var problem = caller.IsAtAllowedAddress ? Problem.Forbidden(caller.Client.Role.Name()) : Problem.AddressNotAllowed;
        await RefuseAsync(ReportErrors.Forbidden(problem).With(
        [
            Fact.Seen(FactNames.ApiClientId, caller.Client.Id.Value),
            .. caller.IsAtAllowedAddress
                ? [Fact.Sent(FactNames.Role, caller.Client.Role.Name()), Fact.Expected(FactNames.Role, ReportingRoles)]
                : ApiClientAddresses.FactsOf(caller.Client, address.Of(Context)),
        ]));
    }

    /// <summary>Records the refusal in the sign-in log, if the request is a report.</summary>
    private async Task RefuseAsync(ReportRefusal refusal)
    {
        var ids = refusal.Problem.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden
            ? await Options.ReportOfAsync(Context)
            : null;
        var problem = ids is { } reported
            ? await reports.RefuseAsync(
                Context, ApiCaller.Of(Context)?.Client, reported.Connection, reported.LoginRequest, refusal, Context.RequestAborted)
            : refusal.Problem;
        await Options.RefuseAsync(Context, problem);
    }
}
