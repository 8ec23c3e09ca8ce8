using System.CommandLine;
using System.Runtime.InteropServices;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Network;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Cli;

/// <summary>Reads the settings, runs the action of a command with them, and returns the exit code.</summary>
internal delegate Task<int> CommandRunner(Func<Settings, CancellationToken, Task> action, CancellationToken cancellationToken);

/// <summary>The command line. Results go to stdout, everything else to stderr. Exit code 2 is an error that the operator can
/// correct, 1 any other.</summary>
internal static partial class Commands
{
    /// <summary>The host drains requests by itself. The library's limit of two seconds would end the process with exit code
    /// 143 and open requests.</summary>
    private static readonly InvocationConfiguration Invocation =
        new()
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = ServiceRegistration.DrainTime + TimeSpan.FromSeconds(5),
        };

    public static async Task<int> RunAsync(string[] args)
    {
        var (settings, command) = SettingsSources.Split(args);
        var parsed = NewRoot((action, cancellationToken) => RunAsync(settings, action, cancellationToken)).Parse(command);
        if (parsed.Errors.Count == 0)
        {
            try
            {
                return await parsed.InvokeAsync(Invocation);
            }
#pragma warning disable CA1031 // the runtime would print a stack trace
            catch (Exception problem)
#pragma warning restore CA1031
            {
                return await CommandFailure.ReportAsync(problem, settings: null);
            }
        }

        foreach (var error in parsed.Errors)
        {
            await Console.Error.WriteLineAsync(error.Message);
        }

        await Console.Error.WriteLineAsync("See latchkey --help.");
        return CommandFailure.BadInput;
    }

    private static RootCommand NewRoot(CommandRunner run)
    {
        var serve = new Command("serve", "Run the server (the default).");
        serve.SetAction((_, cancellationToken) => run(ServeUntilStoppedAsync, cancellationToken));
        var migrate = new Command("migrate", "Migrate the database to the schema of this version and exit.");
        migrate.SetAction((_, cancellationToken) => run(MigrateAsync, cancellationToken));
        var devCert = new Command("dev-cert", "Create a certificate for https on this machine and print how to trust it.");
        devCert.SetAction((_, cancellationToken) => run((settings, _) => DevCert.RunAsync(settings), cancellationToken));
        var version = new Command("version", "Print the version.");
        version.SetAction(_ => Console.Out.WriteLine(ProgramVersion.Text));
        var root = new RootCommand(
            "Latchkey, an authorization server for MCP that uses your own login. Every command also takes settings: "
            + "--Latchkey:<key>=<value>, for example --Latchkey:BaseUrl=https://auth.example.com.")
        {
            serve, migrate, InitCommand.New(run), ApplyCommand.New(run), ExportCommand.New(run), ImportCommands.New(run),
            KeyCommands.New(run), OperatorCommands.New(run), AuditCommands.New(run), SignInCommands.New(run), BackupCommands.NewBackup(run),
            BackupCommands.NewRestore(run),
            SettingsCommand.New(run), devCert, version,
        };
        root.SetAction((_, cancellationToken) => run(ServeUntilStoppedAsync, cancellationToken));
        return root;
    }

    /// <summary>Reads the settings and prints everything that is wrong with them before anything is opened.</summary>
    private static async Task<int> RunAsync(
        IReadOnlyList<string> settings, Func<Settings, CancellationToken, Task> action, CancellationToken cancellationToken)
    {
        switch (Settings.Read(Environment.GetEnvironmentVariables(), Directory.GetCurrentDirectory(), settings))
        {
            case SettingsAnswer.Invalid invalid:
                foreach (var error in invalid.Errors)
                {
                    await Console.Error.WriteLineAsync(error);
                }

                return CommandFailure.BadInput;

            case SettingsAnswer.Valid valid:
                foreach (var hint in valid.Hints)
                {
                    await Console.Error.WriteLineAsync(hint);
                }

                return await GuardAsync(() => action(valid.Settings, cancellationToken), valid.Settings);

            default:
                return CommandFailure.Failure;
        }
    }

    private static async Task<int> GuardAsync(Func<Task> action, Settings settings)
    {
        try
        {
            await action();
            return 0;
        }
#pragma warning disable CA1031 // the runtime would print a stack trace
        catch (Exception problem)
#pragma warning restore CA1031
        {
            return await CommandFailure.ReportAsync(problem, settings);
        }
    }

    private static async Task ServeUntilStoppedAsync(Settings settings, CancellationToken cancellationToken)
    {
        try
        {
            await ServeAsync(settings, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The server was stopped during start-up. It does not wait for a database that does not respond.
        }
    }

    private static async Task ServeAsync(Settings settings, CancellationToken cancellationToken)
    {
        await using var app = Program.Build(settings, TimeProvider.System);
        using var hungUp = ReloadOnSighup(app.Services.GetRequiredService<ServerCertificate>());
        Listening.Verify(app.Services, settings);
        var firstStart = await ServiceRegistration.StartAsync(app, cancellationToken).WaitAsync(cancellationToken);
        var stateOnly = app.Services.GetRequiredService<ConfigurationCache>().Current.Connections
            .Where(c => c.Verification == CallbackVerification.DangerousStateOnly);
        foreach (var connection in stateOnly)
        {
            StateOnlyConnection(app.Logger, connection.Id.Value);
        }

        await app.StartAsync(cancellationToken);
        ListeningOn(app.Logger, string.Join(", ", app.Urls.Distinct(StringComparer.Ordinal)));
        await Console.Out.WriteLineAsync($"Latchkey listening on {settings.BaseUrl}");
        if (firstStart is not null)
        {
            await PrintFirstStartAsync(app.Logger, firstStart);
        }

        await app.WaitForShutdownAsync(cancellationToken);
        await ThrowIfFailedAsync(app.Services);
    }

    /// <summary>Throws the exception of a background service that failed. The host itself stops without an error.</summary>
    public static Task ThrowIfFailedAsync(IServiceProvider services) =>
        services.GetServices<IHostedService>().OfType<BackgroundService>().Select(service => service.ExecuteTask)
            .FirstOrDefault(running => running is { IsFaulted: true }) ?? Task.CompletedTask;

    /// <summary>SIGHUP reads the TLS certificate again, and never ends the server. On Windows it is the closing of the console.</summary>
    private static PosixSignalRegistration? ReloadOnSighup(ServerCertificate certificate) =>
        OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            certificate.Reload();
        });

    private static async Task MigrateAsync(Settings settings, CancellationToken cancellationToken)
    {
        await using var databases = await CommandDatabase.OpenAsync(settings, cancellationToken);
        await databases.SignIns.MigrateToTheEndAsync(cancellationToken);
        if (databases.SignIns.Failure is { } failure)
        {
            throw new UnusableDatabase($"The main database has the schema of this version. The sign-in log cannot be migrated: {failure}");
        }

        await Console.Error.WriteLineAsync("The database has the schema of this version.");
    }

    /// <summary>Secrets are printed only on a terminal: redirected output may end up in a log.</summary>
    private static async Task PrintFirstStartAsync(ILogger logger, FirstStart first)
    {
        var file = Path.GetFullPath(first.File);
        if (first.HasCredential)
        {
            await Console.Out.WriteLineAsync($"The first API client was written to {file}");
        }

        if (!Console.IsOutputRedirected)
        {
            await Console.Out.WriteLineAsync(
                first.HasCredential ? await File.ReadAllTextAsync(file) : $"First operator: {first.SetUpLink} (once, 24 hours)");
        }
        else if (first.SetUpLink is not null)
        {
            SetUpLinkWritten(logger, file);
        }
    }

    [LoggerMessage(2403, LogLevel.Information, "The set-up link of the first operator is in {File}")]
    private static partial void SetUpLinkWritten(ILogger logger, string file);

    [LoggerMessage(2401, LogLevel.Information, "Listening on {Addresses}")]
    private static partial void ListeningOn(ILogger logger, string addresses);

    [LoggerMessage(
        2402, LogLevel.Warning,
        "Connection {Connection} has callback_verification=state_only: "
        + "safe only if its login page names the client and asks for a click before it reports the user")]
    private static partial void StateOnlyConnection(ILogger logger, string connection);
}
