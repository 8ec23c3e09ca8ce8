using System.Text.Json.Nodes;
using Latchkey.Server.Audit;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.ConfigurationFile;
using Latchkey.Server.Credentials;
using Latchkey.Server.Crypto;
using Latchkey.Server.Keys;
using Latchkey.Server.Management.Setup;
using Latchkey.Server.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Server.Cli;

/// <summary>The database of the settings. Running servers see a change within a second.</summary>
internal sealed class LocalServer(Settings settings) : ConfigurationServer
{
    private readonly DateTimeOffset now = TimeProvider.System.GetUtcNow();
    private Databases? databases;
    private PlannedFile.Valid? planned;

    public override async Task<PlanResponse> PlanAsync(
        FileToApply file, SecretLookup secrets, bool prunes, CancellationToken cancellationToken)
    {
        var found = await PlannedFile.ReadAsync(file, new(settings, secrets, prunes, now), async () =>
        {
            databases = await CommandDatabase.OpenAsync(settings, cancellationToken);
            return await StoredConfiguration.LoadAsync(databases.Main, cancellationToken);
        });
        planned = found switch
        {
            PlannedFile.Valid valid => valid,
            PlannedFile.Invalid invalid => throw Unusable(invalid.Errors),
        };
        return planned.Show(settings.BaseUrl, applied: false);
    }

    public override async Task<PlanResponse> CarryOutAsync(CancellationToken cancellationToken)
    {
        if (planned!.Plan.Steps.Count > 0)
        {
            using var seal = new Seal(KeyEncryptionKey.Find(settings, databases!.AreShared));
            var audit = new AuditLog(databases.Main, seal, TimeProvider.System);
            var keys = new KeyRing(new KeyStore(databases.Main, audit), seal, TimeProvider.System);
            await keys.StartAsync(cancellationToken);
            var stored = new StoredConfiguration(
                new ConfigurationStore(databases.Main, audit), new ClientDirectory(databases.Main, audit, new()),
                new SecretUses(databases.Main, NullLogger<SecretUses>.Instance), keys, new(keys));
            if (await stored.CarryOutAsync(planned.Plan, new Actor.Machine("apply"), now) is { } trouble)
            {
                throw new CommandFailed(trouble);
            }
        }

        return planned.Show(settings.BaseUrl, applied: true);
    }

    /// <summary>Starts like the server, without its ports: a new database gets its keys and its first API client.</summary>
    public override async Task<SetupResponse> SetUpAsync(JsonObject request, CancellationToken cancellationToken)
    {
        await using var app = Program.Build(settings, TimeProvider.System);
        if (await ServiceRegistration.StartAsync(app, cancellationToken) is { HasCredential: true, File: var file })
        {
            await Console.Error.WriteLineAsync($"The first API client, of role management, was written to {Path.GetFullPath(file)}");
        }

        var outcome = await app.Services.GetRequiredService<ConfigurationAdministration>()
            .SetUpAsync(new Actor.Machine("init"), JsonBody.Of(request), cancellationToken);
        return outcome.ProblemOr(out var setup) is { } problem ? throw InitCommand.Refused(problem.Body) : setup;
    }

    public override ValueTask DisposeAsync() => databases?.DisposeAsync() ?? ValueTask.CompletedTask;
}
