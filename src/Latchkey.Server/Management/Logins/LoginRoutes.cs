namespace Latchkey.Server.Management.Logins;

internal static class LoginRoutes
{
    public const string LoginRequest = "/api/v1/connections/{connection}/auth-requests/{id}";
    public const string Users = "/api/v1/connections/{connection}/users";
}
