using Latchkey.Server.Account;
using Latchkey.Server.Audit;
using Latchkey.Server.Authorize;
using Latchkey.Server.ClientMetadata;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.ConfigurationFile;
using Latchkey.Server.Consent;
using Latchkey.Server.Credentials;
using Latchkey.Server.Crypto;
using Latchkey.Server.Dashboard;
using Latchkey.Server.Grants;
using Latchkey.Server.Grpc;
using Latchkey.Server.Health;
using Latchkey.Server.Introspection;
using Latchkey.Server.Keys;
using Latchkey.Server.Limits;
using Latchkey.Server.Login;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Access;
using Latchkey.Server.Management.ApiClients;
using Latchkey.Server.Management.AuthRequests;
using Latchkey.Server.Management.Clients;
using Latchkey.Server.Management.Connections;
using Latchkey.Server.Management.InitialAccessTokens;
using Latchkey.Server.Management.Logins;
using Latchkey.Server.Management.Organizations;
using Latchkey.Server.Management.Resources;
using Latchkey.Server.Management.Secrets;
using Latchkey.Server.Management.Server;
using Latchkey.Server.Management.Webhooks;
using Latchkey.Server.Network;
using Latchkey.Server.OpenApi;
using Latchkey.Server.Operators;
using Latchkey.Server.Pages;
using Latchkey.Server.Refusals;
using Latchkey.Server.Registration;
using Latchkey.Server.Revocation;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Latchkey.Server.Supervision;
using Latchkey.Server.Telemetry;
using Latchkey.Server.Token;
using Latchkey.Server.WebhookEndpoints;
using Latchkey.Server.Webhooks;
using Microsoft.Extensions.Logging.Console;

namespace Latchkey.Server;

/// <summary>Registers services and middleware, and starts them in order: storage, keys, configuration, first credential.</summary>
internal static partial class ServiceRegistration
{
    /// <summary>How long requests in progress have to finish after the server is told to stop.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(10);

    public static void Add(WebApplicationBuilder builder, Settings settings, TimeProvider clock)
    {
        var databases = Databases.Open(settings);
        AddLogs(builder, settings);
        Exporters.Add(builder, settings);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainTime);
        builder.Services.AddCors(Cors.Configure);
        builder.Services.AddSingleton<NetworkConnections>()
            .AddSingleton<Microsoft.AspNetCore.Connections.IConnectionListenerFactory, SharedPortTransport>();

        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = ReportOverGrpc.MaxMessageBytes;
            grpc.IgnoreUnknownServices = true;
            grpc.Interceptors.Add<GrpcExceptionInterceptor>();
        });

        var services = builder.Services;
        services.AddSingleton(settings).AddSingleton(clock).AddSingleton(_ => databases)
            .AddSingleton<IDatabase>(new MeasuredDatabase(databases.Main, MeasuredDatabase.Main));
        services.AddSingleton(new Seal(KeyEncryptionKey.Find(settings, databases.AreShared)));
        services.AddSingleton<BackgroundFailures>().AddSingleton<Supervisor>();
        services.AddSingleton<AuditLog>();
        AddWebhooks(services);
        services.AddSingleton<ClientAddress>().AddSingleton<StoredCeiling>().AddSingleton<RateLimits>().AddSingleton<RequestsUnderWay>()
            .AddSingleton<RefusalLog>();
        services.AddSingleton<ServerCertificate>();
        services.AddSingleton<KeyStore>().AddSingleton<KeyRing>().AddSingleton<KeyRotation>().AddSingleton<KeyAdministration>()
            .AddSingleton<KeySchedule>();
        services.AddSingleton<ConfigurationStore>().AddSingleton<ConfigurationCache>();
        services.AddSingleton<ClientStore>().AddSingleton<ClientUses>().AddSingleton<ClientCache>().AddSingleton<ClientDirectory>()
            .AddSingleton<SecretUses>();
        services.AddSingleton<RegistrationStore>().AddSingleton<InitialAccessTokenStore>().AddSingleton<RegisterFlow>()
            .AddSingleton<ClientConfigurationFlow>();
        services.AddSingleton(KnownClients.Load(settings.CimdKnownClients)).AddSingleton(new DocumentFetcher(settings, clock: clock))
            .AddSingleton<ClientTrust>();
        services.AddSingleton<OutboundReach>();
        services.AddSingleton<ListedClients>().AddSingleton<ClientFetches>();
        services.AddSingleton<ClientMetadataResolver>().AddSingleton<ClientKeySets>().AddSingleton<ClientAssertion>();
        AddSignInLog(services, databases);
        services.AddSingleton<LoginRequestStore>().AddSingleton<PushedRequestStore>().AddSingleton<RequestingClient>()
            .AddSingleton<PushFlow>().AddSingleton<AuthorizeFlow>().AddSingleton<PresentPolicy>().AddSingleton<NextStep>();
        services.AddSingleton<LoginStore>().AddSingleton<LoginSecrets>().AddSingleton<BindingCookie>().AddSingleton<PageLanguage>()
            .AddSingleton<SendToLogin>();
        services.AddSingleton<UnattributedReports>().AddSingleton<ReportUser>().AddSingleton<PartnerCallbackFlow>()
            .AddSingleton<TestLogin>();
        services.AddSingleton<ConsentStore>().AddSingleton<ConsentFlow>();
        services.AddSingleton<GrantStore>().AddSingleton<RefreshTokenFamily>().AddSingleton<TokenIssuer>()
            .AddSingleton<AccessTokenReader>();
        services.AddSingleton<ClientAuthentication>().AddSingleton<SignInOfCredential>().AddSingleton<TokenFlow>();
        GrantHandlers.Add(services);
        services.AddSingleton<LiveTokens>().AddSingleton<ManagementBearer>().AddSingleton<TokenRevocation>().AddSingleton<RevokeFlow>()
            .AddSingleton<IntrospectFlow>();
        services.AddSingleton<StaticClients>().AddSingleton<OrganizationClients>().AddSingleton<ApiClientAdministration>()
            .AddSingleton<SecretOwners>().AddSingleton<ClientSecrets>();
        services.AddSingleton<ConsentList>().AddSingleton<GrantList>().AddSingleton<OwnAccess>()
            .AddSingleton<SeenUsers>().AddSingleton<AuthorizationList>()
            .AddSingleton<AccessAdministration>();
        services.AddSingleton<InitialAccessTokenAdministration>().AddSingleton<UserAdministration>().AddSingleton<LoginDetails>()
            .AddSingleton<AuthRequestReader>();
        services.AddSingleton<IdempotencyStore>().AddSingleton<IdempotentCreates>();
        services.AddSingleton<ConnectionSetup>().AddSingleton<ResourceAdministration>().AddSingleton<Bootstrap>()
            .AddSingleton<StoredConfiguration>().AddSingleton<ConfigurationAdministration>();
        ManagementAuthentication.Add(services);
        GrpcAuthentication.Add(services);
        HealthEndpoints.Add(services);
        OpenApiEndpoints.Add(services);
        DashboardEndpoints.Add(services, settings);
        AccountEndpoints.Add(services);
        AddSweeps(services, settings);
        AddBackgroundLoops(services, settings);
    }

    private static void AddWebhooks(IServiceCollection services) =>
        services.AddSingleton<WebhookOutbox>().AddSingleton<WebhookEvents>().AddSingleton<WebhookSigning>().AddSingleton<WebhookSender>()
            .AddSingleton<DeliveryStore>().AddSingleton<WaitingEvents>().AddSingleton<WebhookDispatcher>()
            .AddSingleton<WebhookAdministration>();

    private static void AddLogs(WebApplicationBuilder builder, Settings settings)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddConfiguration(settings.Logging).AddConsole();
        builder.Services.Configure<ConsoleLoggerOptions>(console =>
        {
            // The framework's slim builder has set the formatter in code. stdout carries the ready line only.
            console.FormatterName = settings.Logging["Console:FormatterName"];
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });

        // The space that separates the time from the level in text is not part of it in JSON.
        builder.Services.Configure<JsonConsoleFormatterOptions>(console => console.TimestampFormat = console.TimestampFormat?.TrimEnd());
    }

    private static void AddSignInLog(IServiceCollection services, Databases databases)
    {
        var signIns = new MeasuredDatabase(databases.SignIns, MeasuredDatabase.SignIns);
        services.AddSingleton(new SignInStore(signIns)).AddSingleton(new SignInList(signIns))
            .AddSingleton(new EndedSignIns(signIns)).AddSingleton(new SignInBrowser(signIns))
            .AddSingleton(new SignInNeighbourhood(signIns)).AddSingleton(new SignInsOfServer(signIns))
            .AddSingleton<SignInLosses>().AddSingleton<SignInRecorder>()
            .AddHostedService(provider => provider.GetRequiredService<SignInRecorder>());
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<UnattributedEvents>(provider, signIns))
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<SignInErasure>(provider, signIns))
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<SignInCloser>(provider, signIns));
    }

    private static void AddBackgroundLoops(IServiceCollection services, Settings settings)
    {
        services.AddSingleton<Cleanup>();
        if (settings.RateLimitsEnabled)
        {
            BackgroundLoop.Add<StoredCeiling>(services, StoredCeiling.Name, (ceiling, stop) => ceiling.RunAsync(stop));
        }

        BackgroundLoop.Add<Cleanup>(services, "cleanup", (cleanup, stop) => cleanup.RunAsync(stop));
        BackgroundLoop.Add<KeySchedule>(services, KeySchedule.Name, (schedule, stop) => schedule.RunAsync(stop));
        BackgroundLoop.Add<OutboundReach>(services, OutboundReach.Loop, (reach, stop) => reach.RunAsync(stop));
        BackgroundLoop.Add<ServerCertificate>(
            services, ServerCertificate.Loop, (certificate, stop) => certificate.WatchAsync(stop));
        BackgroundLoop.Add<SignInCloser>(services, SignInCloser.LoopName, (closer, stop) => closer.RunAsync(stop));
        BackgroundLoop.Add<WebhookDispatcher>(
            services, WebhookDispatcher.LoopName, (dispatcher, stop) => dispatcher.RunAsync(stop));
        services.AddHostedService<BackgroundLoops>();
    }

    private static void AddSweeps(IServiceCollection services, Settings settings)
    {
        Sweep.Add<LoginRequestStore>(services, "login_requests", (store, now, stop) =>
            store.SweepAsync(now - LoginRequestStore.Retention, stop));
        Sweep.Add<GrantStore>(services, "grants", (store, now, stop) => store.SweepAsync(now, stop));
        Sweep.Add<GrantStore>(services, "revoked_tokens", (store, now, stop) => store.SweepRevokedTokensAsync(now, stop));
        Sweep.Add<PushedRequestStore>(services, "pushed_requests", (store, now, stop) =>
            store.SweepAsync(now - LoginRequestStore.Retention, stop));
        Sweep.Add<ClientStore>(services, "used_assertions", (store, now, stop) => store.SweepAsync(now, stop));
        Sweep.Add<ClientStore>(services, "tombstones of clients", (store, now, stop) =>
            store.SweepTombstonesAsync(now - ClientStore.TombstoneRetention, ClientStore.MaxTombstones, stop));
        Sweep.Add<ClientStore>(services, "deleted registrations", (store, _, stop) => store.SweepDeletedAsync(stop));
        Sweep.Add<ClientStore>(services, "client_changes", (store, now, stop) =>
            store.SweepChangesAsync(now - ClientStore.ChangeRetention, stop));
        Sweep.Add<ClientStore>(services, "client metadata documents", (store, now, stop) =>
            store.SweepDocumentsAsync(now - ClientStore.DocumentRetention, stop));
        Sweep.Add<InitialAccessTokenStore>(services, "initial_access_tokens", (store, now, stop) =>
            store.SweepAsync(now - InitialAccessTokenStore.Retention, stop));
        Sweep.Add<SecretUses>(services, "secret_uses", (uses, now, stop) => uses.SweepAsync(now - SecretUses.Retention, stop));
        Sweep.Add<OperatorSessionStore>(services, "operator_sessions", (sessions, now, stop) => sessions.SweepAsync(now, stop));
        Sweep.Add<OperatorInviteStore>(services, "operator_invites", (invites, now, stop) => invites.SweepAsync(now, stop));
        Sweep.Add<PasskeyStore>(services, "operator_challenges", (passkeys, now, stop) => passkeys.SweepAsync(now, stop));
        Sweep.Add<DeliveryStore>(services, "webhook deliveries", (store, now, stop) =>
            store.SweepAsync(now - settings.WebhookRetention, stop));
        Sweep.Add<IdempotencyStore>(services, "idempotent_answers", (store, now, stop) => store.SweepAsync(now, stop));
        Sweep.Add<SignInStore>(services, "the sign-in log", (store, now, stop) => store.SweepAsync(now - settings.SignInRetention, stop));
        Sweep.Add<SignInStore>(services, "the oldest sign-ins", (store, _, stop) => store.SweepBeyondAsync(settings.MaxSignIns, stop));
        Sweep.Add<EndedSignIns>(services, "numbers of sign-ins", (counts, now, stop) => counts.SweepAsync(now, stop));
        Sweep.Add<UnattributedEvents>(services, "unattributed_events", (events, now, stop) => events.SweepAsync(now, stop));
        if (settings.RegistrationLifetime > TimeSpan.Zero)
        {
            Sweep.Add<ClientStore>(services, "unused registrations", (store, now, stop) =>
                store.ExpireAsync(now - settings.RegistrationLifetime, now, stop));
        }
    }

    /// <summary>Adds the middleware that every request passes before its endpoint.</summary>
    public static void Use(WebApplication app)
    {
        var settings = app.Services.GetRequiredService<Settings>();
        Exporters.Use(app, settings);
        app.UseMiddleware<StepMiddleware>();
        SecurityHeaders.Use(app, requireHttps: settings.IsHttps && !settings.IsLoopback);
        app.Use(next => http => http.RequestServices.GetRequiredService<RequestsUnderWay>().RunAsync(http, next));
        app.UseMiddleware<ExceptionMiddleware>();
        app.UseRouting();
        app.UseMiddleware<GrpcGate>();
        app.UseCors();
        app.UseMiddleware<BudgetMiddleware>();
        app.UseAuthentication();
        app.UseAuthorization();
        app.Use(next => http => http.RequestServices.GetRequiredService<IdempotentCreates>().InvokeAsync(http, next));
    }

    /// <summary>
    /// Verifies the key-encryption key, migrates the databases, loads keys and configuration, and creates the first credential when
    /// there is none.
    /// </summary>
    /// <returns>What was written to the private file of a first start, or null.</returns>
    /// <exception cref="UnusableSetting">A setting is readable but cannot be used.</exception>
    /// <exception cref="StorageUnavailable">The database cannot be reached.</exception>
    public static async Task<FirstStart?> StartAsync(WebApplication app, CancellationToken cancellationToken)
    {
        var services = app.Services;
        var databases = services.GetRequiredService<Databases>();
        databases.SignIns.Logger = services.GetRequiredService<ILogger<SeparateDatabase>>();
        var settings = services.GetRequiredService<Settings>();
        await services.GetRequiredService<KeyRing>().VerifyAsync(cancellationToken);
        await databases.MigrateAsync(
            settings.StorageWait, reason => Waiting(app.Logger, settings.StorageWait.TotalSeconds, reason), TimeProvider.System,
            cancellationToken);
        await services.GetRequiredService<KeyRing>().StartAsync(cancellationToken);
        if (Databases.SqliteFileOf(settings) is { } database)
        {
            DatabaseMarker.Write(settings, database);
        }

        await services.GetRequiredService<ConfigurationCache>().StartAsync(cancellationToken);
        return await services.GetRequiredService<Bootstrap>().PrepareAsync(cancellationToken);
    }

    [LoggerMessage(1001, LogLevel.Warning, "Waiting up to {Seconds} s for the database: {Reason}")]
    private static partial void Waiting(ILogger logger, double seconds, string reason);
}
