using Latchkey.Server.Account;
using Latchkey.Server.Authorize;
using Latchkey.Server.Cli;
using Latchkey.Server.ConfigurationFile;
using Latchkey.Server.Consent;
using Latchkey.Server.Dashboard;
using Latchkey.Server.Discovery;
using Latchkey.Server.Grpc;
using Latchkey.Server.Health;
using Latchkey.Server.Introspection;
using Latchkey.Server.Login;
using Latchkey.Server.Management;
using Latchkey.Server.Network;
using Latchkey.Server.OpenApi;
using Latchkey.Server.Pages;
using Latchkey.Server.Registration;
using Latchkey.Server.Revocation;
using Latchkey.Server.Token;
using Latchkey.Server.UserInfo;

namespace Latchkey.Server;

internal static class Program
{
    public static Task<int> Main(string[] args) => Commands.RunAsync(args);

    /// <summary>Builds the server with its endpoints. <see cref="ServiceRegistration"/> adds services and middleware.</summary>
    public static WebApplication Build(Settings settings, TimeProvider clock)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Listening.Configure(kestrel, settings));
        ServiceRegistration.Add(builder, settings, clock);
        var app = builder.Build();
        ServiceRegistration.Use(app);
        HealthEndpoints.Map(app);
        Assets.Map(app);
        MetadataEndpoints.Map(app);
        KeysEndpoint.Map(app);
        AuthorizeEndpoint.Map(app);
        PartnerCallback.Map(app);
        ConsentEndpoint.Map(app);
        TokenEndpoint.Map(app);
        RevokeEndpoint.Map(app);
        IntrospectEndpoint.Map(app);
        UserInfoEndpoint.Map(app);
        RegisterEndpoint.Map(app);
        ReportOverGrpc.Map(app);
        ClientsOverGrpc.Map(app);
        ManagementApi.Map(app);
        ApplyFile.Map(app);
        SetUpLogin.Map(app);
        OpenApiEndpoints.Map(app);
        DashboardEndpoints.Map(app);
        AccountEndpoints.Map(app);
        return app;
    }
}
