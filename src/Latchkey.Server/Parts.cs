using Latchkey.Server.Audit;
using Latchkey.Server.Authorize;
using Latchkey.Server.Cli;
using Latchkey.Server.ClientDocuments;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Consent;
using Latchkey.Server.Health;
using Latchkey.Server.Introspect;
using Latchkey.Server.Journeys;
using Latchkey.Server.Keys;
using Latchkey.Server.Limits;
using Latchkey.Server.Login;
using Latchkey.Server.Management;
using Latchkey.Server.OAuth;
using Latchkey.Server.OpenApi;
using Latchkey.Server.Ports;
using Latchkey.Server.Register;
using Latchkey.Server.Revoke;
using Latchkey.Server.ScalekitWire;
using Latchkey.Server.Storage;
using Latchkey.Server.Token;

namespace Latchkey.Server;

/// <summary>What the server is made of, and the order in which it wakes up: storage, keys, configuration, first credential.</summary>
internal static class Parts
{
    /// <summary>How long requests under way may take to finish when the server is told to stop.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(10);

    public static void Add(WebApplicationBuilder builder, Settings settings, TimeProvider clock)
    {
        var databases = Databases.Open(settings);
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ ", true));
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Hosting", LogLevel.Warning);
        builder.Logging.AddFilter("Grpc", LogLevel.Warning);

        // GrpcTrouble logs what goes wrong in a handler; what this one adds is a trace for every message that a stranger made unreadable.
        builder.Logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.None);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainTime);
        builder.Services.AddCors(Cors.Configure);
        builder.Services.AddSingleton<Microsoft.AspNetCore.Connections.IConnectionListenerFactory, SharedPortTransport>();

        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = ReportOverGrpc.MaxMessageBytes;
            grpc.IgnoreUnknownServices = true;
            grpc.Interceptors.Add<GrpcTrouble>();
        });

        var services = builder.Services;
        services.AddSingleton(settings).AddSingleton(clock).AddSingleton(_ => databases).AddSingleton(databases.Main);
        services.AddSingleton(new Seal(KeyEncryptionKey.Find(settings, databases.AreShared)));
        services.AddSingleton<AuditLog>();
        services.AddSingleton<ClientAddress>().AddSingleton<RateLimits>();
        services.AddSingleton<KeyStore>().AddSingleton<KeyRing>().AddSingleton<KeyRotation>().AddHostedService<KeySchedule>();
        services.AddSingleton<ConfigurationStore>().AddSingleton<ConfigurationCache>();
        services.AddSingleton<ClientStore>().AddSingleton<ClientCache>().AddSingleton<ClientDirectory>().AddSingleton<SecretUses>();
        services.AddSingleton<RegistrationStore>().AddSingleton<InitialAccessTokenStore>().AddSingleton<RegisterFlow>().AddSingleton<ClientConfigurationFlow>();
        services.AddSingleton(KnownClients.Load(settings.CimdKnownClients)).AddSingleton(new DocumentFetcher(settings)).AddSingleton<Vouching>();
        services.AddSingleton<DocumentClients>().AddSingleton<ClientKeySets>().AddSingleton<ClientAssertion>();
        services.AddSingleton(new JourneyStore(databases.Journeys)).AddSingleton<JourneyRecorder>().AddHostedService(parts => parts.GetRequiredService<JourneyRecorder>());
        services.AddSingleton<AuthRequestStore>().AddSingleton<PushedRequestStore>().AddSingleton<RequestingClient>().AddSingleton<PushFlow>().AddSingleton<AuthorizeFlow>().AddSingleton<NextStep>();
        services.AddSingleton<LoginStore>().AddSingleton<LoginSecrets>().AddSingleton<BindingCookie>().AddSingleton<SendToLogin>();
        services.AddSingleton<ReportUser>().AddSingleton<PartnerCallbackFlow>();
        services.AddSingleton<ConsentStore>().AddSingleton<ConsentFlow>();
        services.AddSingleton<GrantStore>().AddSingleton<RefreshLineage>().AddSingleton<TokenIssuer>().AddSingleton<AccessTokenReader>();
        services.AddSingleton<ClientAuthentication>().AddSingleton<TokenFlow>();
        services.AddSingleton<AuthorizationCodeGrant>().AddSingleton<RefreshTokenGrant>().AddSingleton<ClientCredentialsGrant>();
        services.AddSingleton<LiveTokens>().AddSingleton<RevokeFlow>().AddSingleton<IntrospectFlow>();
        services.AddSingleton<StaticClients>().AddSingleton<OrganizationClients>().AddSingleton<ApiClientAddresses>().AddSingleton<ApiClients>().AddSingleton<SecretHolders>().AddSingleton<ClientSecrets>();
        services.AddSingleton<GivenConsents>().AddSingleton<GrantList>().AddSingleton<SeenUsers>().AddSingleton<AuthRequestList>().AddSingleton<GivenAccess>();
        services.AddSingleton<IdempotencyStore>().AddSingleton<IdempotentCreates>();
        services.AddSingleton<ApiAuthentication>().AddSingleton<ConnectionSetup>().AddSingleton<ResourceAdministration>().AddSingleton<FirstStart>();
        OpenApiEndpoints.Add(services);
        services.AddHostedService<Sweeper>();
    }

    /// <summary>What every request passes before it reaches its endpoint.</summary>
    public static void Use(WebApplication app)
    {
        app.UseMiddleware<Trouble>();
        app.UseRouting();
        app.UseMiddleware<GrpcGate>();
        app.UseCors();
        app.Use(next => http => http.RequestServices.GetRequiredService<ApiAuthentication>().InvokeAsync(http, next));
        app.Use(next => http => http.RequestServices.GetRequiredService<IdempotentCreates>().InvokeAsync(http, next));
    }

    /// <returns>The file with the first credential, where one was made.</returns>
    /// <exception cref="UnusableSetting">The settings read well but cannot be worked with.</exception>
    /// <exception cref="StorageUnavailable">The database cannot be reached.</exception>
    public static async Task<string?> WakeAsync(WebApplication app, CancellationToken cancellationToken)
    {
        var parts = app.Services;
        await parts.GetRequiredService<Databases>().MigrateAsync(cancellationToken);
        await parts.GetRequiredService<KeyRing>().StartAsync(cancellationToken);
        await parts.GetRequiredService<ConfigurationCache>().StartAsync(cancellationToken);
        return await parts.GetRequiredService<FirstStart>().PrepareAsync(cancellationToken);
    }
}
