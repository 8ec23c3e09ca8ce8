using Latchkey.Server.ApiClients;
using Microsoft.AspNetCore.Authorization;

namespace Latchkey.Server.Management;

/// <summary>
/// The authorization policies of the management API: the roles that may call an operation,
/// each from the addresses that its API client allows.
/// </summary>
internal static class ManagementPolicies
{
    public const string Read = "read";
    public const string Write = "write";

    /// <summary>The operations of a login page's backend.</summary>
    public const string Login = "login";

    private static readonly Dictionary<string, ApiRole[]> Roles = new(StringComparer.Ordinal)
    {
        [Read] = [ApiRole.Management, ApiRole.ReadOnly],
        [Write] = [ApiRole.Management],
        [Login] = [ApiRole.Management, ApiRole.Login],
    };

    public static IReadOnlyList<ApiRole> RolesOf(string policy) => Roles[policy];

    public static void Configure(AuthorizationOptions options)
    {
        foreach (var (name, roles) in Roles)
        {
            options.AddPolicy(name, policy => policy
                .RequireRole(roles.Select(role => role.Name()))
                .RequireAssertion(context => ApiCaller.Of(context.User)?.IsAtAllowedAddress == true));
        }
    }
}
