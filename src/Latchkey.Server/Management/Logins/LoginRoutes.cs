namespace Latchkey.Server.Management.Logins;

internal static class LoginRoutes
{
    public const string LoginRequest = "/api/v1/connections/{connection}/auth-requests/{id}";
    /// <summary>Whether a route reports how a login ended.</summary>
    public static bool AreReported(string? route) => route is LoginRequest + "/user" or LoginRequest + ":reject";

    public const string Users = "/api/v1/connections/{connection}/users";
}
