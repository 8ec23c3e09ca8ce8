using Latchkey.Server.Dashboard.LoginPages;
using Latchkey.Server.Dashboard.Operators;
using Latchkey.Server.Dashboard.Overview;
using Latchkey.Server.Dashboard.Servers;
using Latchkey.Server.Dashboard.SetUp;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.Dashboard.TestLogins;
using Latchkey.Server.Dashboard.Webhooks;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard;

/// <summary>Registers and maps every page of the dashboard.</summary>
internal static class DashboardEndpoints
{
    public static void Add(IServiceCollection services, Settings settings)
    {
        services.AddSingleton<OperatorStore>().AddSingleton<OperatorSessionStore>().AddSingleton<OperatorInviteStore>()
            .AddSingleton<OperatorPasswords>().AddSingleton<SignInBackoff>().AddSingleton<FirstOperator>();
        Passkeys.Add(services, settings);
        services.AddSingleton<OperatorCookie>().AddSingleton<OperatorAuthentication>().AddSingleton<PasswordAttempt>();
        services.AddSingleton<OverviewPages>().AddSingleton<SessionPages>().AddSingleton<InvitePages>().AddSingleton<AccountPages>()
            .AddSingleton<OperatorPages>();
        services.AddSingleton<TestLoginPages>().AddSingleton<TestLoginEvents>();
        services.AddSingleton<ServerProbe>().AddSingleton<SetUpReader>().AddSingleton<SetUpPages>().AddSingleton<SetUpEvents>();
        SignInEndpoints.Add(services);
        ServerEndpoints.Add(services);
        LoginPageEndpoints.Add(services);
        RecordEndpoints.Add(services);
        WebhookPageRoutes.Add(services);
    }

    public static void Map(IEndpointRouteBuilder app)
    {
        OverviewPages.Map(app);
        SignInEndpoints.Map(app);
        ServerEndpoints.Map(app);
        LoginPageEndpoints.Map(app);
        RecordEndpoints.Map(app);
        WebhookPageRoutes.Map(app);
        SessionPages.Map(app);
        InvitePages.Map(app);
        AccountPages.Map(app);
        OperatorPages.Map(app);
        TestLoginPages.Map(app);
        TestLoginEvents.Map(app);
        SetUpPages.Map(app);
        SetUpEvents.Map(app);
    }
}
