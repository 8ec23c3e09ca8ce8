namespace Latchkey.Server.Dashboard;

/// <summary>Paths that pages of several folders lead to.</summary>
internal static class DashboardPaths
{
    public const string Overview = "/dashboard";
    public const string SignInPath = "/dashboard/sign-in";
    public const string ConfirmPath = "/dashboard/me/confirm";
    private const int MaxNextLength = 1000;

    public static string Client(ClientId id) => $"/dashboard/clients/{PathKey.Of(id.Value)}";

    public static string Person(ConnectionId connection, string subject) =>
        $"/dashboard/people/{connection.Value}/{PathKey.Of(subject)}";

    public static string Access(GrantId id) => $"/dashboard/access/{id.Value}";

    public static string Machine(ApiClientId id) => $"/dashboard/machines/{id.Value}";

    /// <summary>The guided set-up of an MCP server, at its next step.</summary>
    public static string SetUp(ResourceId server) => $"/dashboard/servers/{server}/connect";

    public static string SignIn(string next) => $"{SignInPath}?next={Uri.EscapeDataString(next)}";

    public static string Confirm(string next) => $"{ConfirmPath}?next={Uri.EscapeDataString(next)}";

    /// <summary>Returns a path of the dashboard, whatever was sent: no other page is ever the target of a redirect.</summary>
    public static string Next(string? sent) =>
        sent is { Length: <= MaxNextLength } && (sent == Overview || sent.StartsWith(Overview + "/", StringComparison.Ordinal)
            || sent.StartsWith(Overview + "?", StringComparison.Ordinal))
            && !sent.Any(c => char.IsControl(c) || c is '\\') && !sent.Contains("//", StringComparison.Ordinal)
            && !sent.StartsWith(SignInPath, StringComparison.Ordinal)
                ? sent
                : Overview;
}
