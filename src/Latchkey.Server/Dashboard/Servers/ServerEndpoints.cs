using Latchkey.Server.Grants;

namespace Latchkey.Server.Dashboard.Servers;

/// <summary>Registers and maps the pages of MCP servers.</summary>
internal static class ServerEndpoints
{
    public static void Add(IServiceCollection services) =>
        services.AddSingleton<ResourceUse>().AddSingleton<ServerPages>().AddSingleton<NewServerPages>().AddSingleton<ServerFormPages>()
            .AddSingleton<ServerLoginPages>().AddSingleton<ServerCredentialPages>().AddSingleton<DeleteServerPages>();

    public static void Map(IEndpointRouteBuilder app)
    {
        ServerPages.Map(app);
        NewServerPages.Map(app);
        ServerFormPages.Map(app);
        ServerLoginPages.Map(app);
        ServerCredentialPages.Map(app);
        DeleteServerPages.Map(app);
    }
}
