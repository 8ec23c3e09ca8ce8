using Latchkey.Server.Dashboard.Operators;
using Latchkey.Server.Dashboard.Overview;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard;

/// <summary>Registers and maps every page of the dashboard.</summary>
internal static class DashboardEndpoints
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<OperatorStore>().AddSingleton<OperatorSessionStore>();
        services.AddSingleton<OperatorCookie>().AddSingleton<OperatorAuthentication>();
        services.AddSingleton<OverviewPages>().AddSingleton<SessionPages>().AddSingleton<AccountPages>();
    }

    public static void Map(IEndpointRouteBuilder app)
    {
        OverviewPages.Map(app);
        SessionPages.Map(app);
        AccountPages.Map(app);
    }
}
