using System.Globalization;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard;

/// <summary>
/// A route of the dashboard with the role that it requires. The same object guards the page or form post (it is metadata of the endpoint),
/// and decides whether a link or button to it is shown (<c>ActionForm</c>, <c>ActionLink</c>).
/// </summary>
public sealed record DashboardRoute
{
    private DashboardRoute(string method, string pattern, OperatorRole? role) => (Method, Pattern, Role) = (method, pattern, role);

    public string Method { get; }
    public string Pattern { get; }

    /// <summary>Null for a route without a session: sign-in and set-up.</summary>
    public OperatorRole? Role { get; }

    /// <summary>Whether the operator must have given a password or passkey in the last ten minutes.</summary>
    public bool NeedsConfirmation { get; init; }

    /// <summary>Whether the route works while its network has spent its budget: a stranger must not be able to keep passkeys out.</summary>
    public bool IsNeverSlowed { get; init; }

    /// <summary>A page that operators of this role, and of every higher one, may read.</summary>
    public static DashboardRoute Page(string pattern, OperatorRole role = OperatorRole.Viewer) => new(HttpMethods.Get, pattern, role);

    /// <summary>A form post of operators of this role and every higher one.</summary>
    public static DashboardRoute Post(string pattern, OperatorRole role) => new(HttpMethods.Post, pattern, role);

    /// <summary>A page without a session.</summary>
    public static DashboardRoute OpenPage(string pattern) => new(HttpMethods.Get, pattern, role: null);

    /// <summary>A form post without a session.</summary>
    public static DashboardRoute OpenPost(string pattern) => new(HttpMethods.Post, pattern, role: null);

    /// <summary>Returns the path with these values of its parameters, in their order.</summary>
    public string Path(params ReadOnlySpan<string> values)
    {
        var path = new System.Text.StringBuilder();
        var next = 0;
        foreach (var segment in Pattern.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            path.Append(CultureInfo.InvariantCulture, $"/{(segment[0] == '{' ? Uri.EscapeDataString(values[next++]) : segment)}");
        }

        return path.ToString();
    }
}
