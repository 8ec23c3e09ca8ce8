using Latchkey.Server.Audit;
using Latchkey.Server.Clients;
using Latchkey.Server.Dashboard.Access;
using Latchkey.Server.Dashboard.Audit;
using Latchkey.Server.Dashboard.Clients;
using Latchkey.Server.Dashboard.Keys;
using Latchkey.Server.Dashboard.Machines;
using Latchkey.Server.Dashboard.People;
using Latchkey.Server.Dashboard.Secrets;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.Grants;

namespace Latchkey.Server.Dashboard;

/// <summary>The pages about clients, people, accesses, machines, the audit log and keys.</summary>
internal static class RecordEndpoints
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<ClientBrowser>().AddSingleton<GrantBrowser>().AddSingleton<PeopleBrowser>().AddSingleton<AccessCounts>()
            .AddSingleton<AuditBrowser>().AddSingleton<AuditCheck>();
        services.AddSingleton<LatestSignIns>().AddSingleton<SecretPages>();
        services.AddSingleton<ClientListPages>().AddSingleton<ClientPages>().AddSingleton<ClientSecretPages>()
            .AddSingleton<ClientFormPages>().AddSingleton<InvitationPages>();
        services.AddSingleton<PeoplePages>().AddSingleton<AccessPages>().AddSingleton<MachinePages>()
            .AddSingleton<MachineFormPages>();
        services.AddSingleton<AuditPages>().AddSingleton<KeyPages>();
    }

    public static void Map(IEndpointRouteBuilder app)
    {
        ClientListPages.Map(app);
        ClientFormPages.Map(app);
        InvitationPages.Map(app);
        ClientPages.Map(app);
        ClientSecretPages.Map(app);
        PeoplePages.Map(app);
        AccessPages.Map(app);
        MachineFormPages.Map(app);
        MachinePages.Map(app);
        AuditPages.Map(app);
        KeyPages.Map(app);
    }
}
