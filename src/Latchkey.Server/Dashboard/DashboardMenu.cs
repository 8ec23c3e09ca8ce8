using Latchkey.Server.Dashboard.Access;
using Latchkey.Server.Dashboard.Audit;
using Latchkey.Server.Dashboard.Clients;
using Latchkey.Server.Dashboard.Keys;
using Latchkey.Server.Dashboard.LoginPages;
using Latchkey.Server.Dashboard.Machines;
using Latchkey.Server.Dashboard.Operators;
using Latchkey.Server.Dashboard.Overview;
using Latchkey.Server.Dashboard.People;
using Latchkey.Server.Dashboard.Servers;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.Dashboard.Webhooks;

namespace Latchkey.Server.Dashboard;

/// <summary>An entry of the navigation.</summary>
internal sealed record MenuEntry(DashboardRoute Route, string Label, string Icon)
{
    /// <summary>The entry of the page that is shown, or of a page below it.</summary>
    public bool IsCurrent(string path) =>
        path == Route.Pattern
        || (Route.Pattern != DashboardPaths.Overview && path.StartsWith(Route.Pattern + "/", StringComparison.Ordinal));
}

/// <summary>The navigation: only pages that exist.</summary>
internal static class DashboardMenu
{
    public static readonly IReadOnlyList<(string? Heading, IReadOnlyList<MenuEntry> Entries)> Groups =
    [
        (null, [new(OverviewPages.Overview, "Overview", "home"), new(SignInListPages.List, "Sign-ins", "signins")]),
        ("Set up", [new(ServerPages.List, "MCP servers", "server"), new(LoginPagePages.List, "Login pages", "login")]),
        ("Who has access", [
            new(ClientListPages.List, "Clients", "clients"), new(PeoplePages.List, "People", "people"),
            new(AccessPages.List, "Access", "check"), new(MachinePages.List, "Machines", "machine")]),
        ("Run it", [
            new(WebhookPageRoutes.List, WebhookPages.ListTitle, "webhook"), new(AuditPages.List, "Audit log", "audit"),
            new(KeyPages.List, "Keys", "key"), new(OperatorPages.List, "Operators", "person")]),
    ];
}
