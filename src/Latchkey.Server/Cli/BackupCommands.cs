using System.CommandLine;
using System.Globalization;
using Latchkey.Server.Audit;
using Latchkey.Server.Crypto;
using Latchkey.Server.Grants;
using Latchkey.Server.Keys;
using Latchkey.Server.Storage;
using Latchkey.Server.Storage.Sqlite;

namespace Latchkey.Server.Cli;

/// <summary>
/// <c>latchkey backup</c> and <c>latchkey restore</c>. A backup is a folder with both databases and <c>backup.json</c>. It gets its name
/// when it is complete, so a folder of that name can be restored. PostgreSQL has tools of its own for both; after these,
/// <c>restore --revoke-since</c> without a backup ends what a restored database brings back (<see cref="RestoredState"/>).
/// </summary>
internal static class BackupCommands
{
    private const string OfBackup = "backup";
    private const string Guide = "docs/guide/operate.md, \"Backup\"";

    public static Command NewBackup(CommandRunner run)
    {
        var to = new Argument<string?>("folder")
        {
            Description = "The new folder of the backup. Default: latchkey-backup-<time> in the working directory.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var withKey = new Option<bool>("--with-key")
        {
            Description = "Include the file of the key-encryption key. Such a backup must be protected like the key itself.",
        };
        var backup = new Command("backup", "Back up the SQLite databases, also while the server runs.") { to, withKey };
        backup.SetAction((parsed, stop) =>
            run((settings, _) => BackUpAsync(settings, parsed.GetValue(to), parsed.GetValue(withKey)), stop));
        return backup;
    }

    public static Command NewRestore(CommandRunner run)
    {
        var from = new Argument<string?>("backup")
        {
            Description = "The folder of the backup. Left out with PostgreSQL, after its own tools have restored the database.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var since = new Option<string>("--revoke-since")
        {
            Description = "'backup', or the time (RFC 3339) as of which the database was restored. What was revoked since then is unknown, "
                + "so every grant in it ends, and its client signs in again.",
            Required = true,
        };
        var replace = new Option<bool>("--replace") { Description = "Move an existing database aside." };
        var restore = new Command(
            "restore", "Restore a backup without reviving what was revoked since. Stop the server first.") { from, since, replace };
        restore.SetAction((parsed, stop) => run(
            (settings, cancel) => parsed.GetValue(from) is { } folder
                ? RestoreAsync(settings, BackupFolder.Open(folder), parsed.GetValue(since)!, parsed.GetValue(replace), cancel)
                : EndOnlyAsync(settings, parsed.GetValue(since)!, cancel),
            stop));
        return restore;
    }

    private static async Task BackUpAsync(Settings settings, string? to, bool withKey)
    {
        var database = FileOf(settings);
        if (!DatabaseMarker.HasContent(database))
        {
            throw new UnusableSetting($"There is no database {database}.");
        }

        if (withKey && settings.KeyEncryptionKeyFile is null)
        {
            throw new UnusableSetting("--with-key: the key-encryption key is in the setting KeyEncryptionKey, not in a file.");
        }

        var now = TimeProvider.System.GetUtcNow();
        var folder = Path.GetFullPath(
            to ?? string.Create(CultureInfo.InvariantCulture, $"latchkey-backup-{now:yyyyMMdd'T'HHmmss'Z'}"));
        BackupFolder.Create(folder, database, withKey ? settings.KeyEncryptionKeyFile : null, now);
        await Console.Out.WriteLineAsync($"Backup of {database} as of {now:yyyy-MM-dd HH:mm:ss}Z: {folder}");
        await Console.Out.WriteLineAsync(withKey
            ? "It contains the key-encryption key: protect it like the key itself."
            : settings.KeyEncryptionKeyFile is { } key
                ? $"The key-encryption key is not in it. Keep a copy of {key} apart from it: a backup cannot be used without the key."
                : "The key-encryption key (setting KeyEncryptionKey) is not in it. Keep a copy apart: a backup cannot be used without it.");
    }

    /// <summary>
    /// Prepares the database beside its place, so that a failure changes nothing: 1. copy it; 2. verify that the key fits; 3. migrate it;
    /// 4. end what may have been revoked; 5. put it in place.
    /// </summary>
    private static async Task RestoreAsync(
        Settings settings, BackupFolder backup, string since, bool replace, CancellationToken cancellationToken)
    {
        var database = FileOf(settings);
        var revokedSince = since == OfBackup ? backup.TakenAt : TimeOf(since);
        if (revokedSince > backup.TakenAt)
        {
            throw new UnusableSetting(
                $"--revoke-since is {revokedSince:O}, but the backup is as of {backup.TakenAt:O}: "
                + "what was revoked in between would live again.");
        }

        if (DatabaseMarker.HasContent(database) && !replace)
        {
            throw new UnusableSetting($"The database {database} exists. Stop the server, and pass --replace to move it aside.");
        }

        BringKey(settings, backup);
        Directory.CreateDirectory(Path.GetDirectoryName(database)!);
        var staged = database + ".restoring";
        File.Delete(staged);
        SqliteBackup.Copy(backup.Database, staged);
        var outcome = await PrepareAsync(settings, staged, revokedSince, cancellationToken);

        var former = string.Create(
            CultureInfo.InvariantCulture, $"{database}.before-restore-{TimeProvider.System.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}");
        var wasThere = File.Exists(database);
        SqliteBackup.Replace(database, staged, former);
        var log = Databases.SignInFileOf(database);
        if (!File.Exists(log) && backup.SignInLog is { } logOfBackup)
        {
            SqliteBackup.Copy(logOfBackup, log);
        }

        DatabaseMarker.Write(settings, database);
        await Console.Out.WriteLineAsync($"Restored {database} as of {backup.TakenAt:yyyy-MM-dd HH:mm:ss}Z.");
        if (wasThere)
        {
            await Console.Out.WriteLineAsync($"The former database is {former}.");
        }

        await PrintAsync(outcome, revokedSince);
    }

    /// <summary>A new key would not fit the backup.</summary>
    private static void BringKey(Settings settings, BackupFolder backup)
    {
        if (settings.KeyEncryptionKeyFile is not { } key || File.Exists(key))
        {
            return;
        }

        if (backup.Key is not { } ofBackup)
        {
            throw new UnusableSetting(
                $"The key-encryption key {key} is missing, and the backup does not contain it. Put your copy of the key there first.");
        }

        PrivateFile.Create(key, File.ReadAllText(ofBackup));
    }

    private static async Task<RestoreOutcome> PrepareAsync(
        Settings settings, string staged, DateTimeOffset revokedSince, CancellationToken cancellationToken)
    {
        try
        {
            await using var restored = new SqliteDatabase(staged, Durability.Full, MigrationSet.Main);
            return await EndAsync(settings, restored, databaseIsShared: false, revokedSince, cancellationToken);
        }
        catch
        {
            File.Delete(staged);
            throw;
        }
        finally
        {
            File.Delete(staged + ".migrating");
        }
    }

    private static async Task EndOnlyAsync(Settings settings, string since, CancellationToken cancellationToken)
    {
        if (Databases.SqliteFileOf(settings) is not null)
        {
            throw new UnusableSetting("Name the folder of the backup: latchkey restore <backup> --revoke-since backup.");
        }

        if (since == OfBackup)
        {
            throw new UnusableSetting(
                "--revoke-since: PostgreSQL needs the time as of which it was restored, for example 2026-11-27T08:00:00Z.");
        }

        var revokedSince = TimeOf(since);
        await using var databases = Databases.Open(settings);
        await PrintAsync(
            await EndAsync(settings, databases.Main, databases.AreShared, revokedSince, cancellationToken), revokedSince);
    }

    private static async Task<RestoreOutcome> EndAsync(
        Settings settings, IDatabase database, bool databaseIsShared, DateTimeOffset revokedSince, CancellationToken cancellationToken)
    {
        using var seal = new Seal(KeyEncryptionKey.Find(settings, databaseIsShared));
        var audit = new AuditLog(database, seal, TimeProvider.System);
        await new KeyRing(new KeyStore(database, audit), seal, TimeProvider.System).VerifyAsync(cancellationToken);
        await database.MigrateAsync(cancellationToken);
        return await new RestoredState(audit, TimeProvider.System)
            .EndAsync(new Actor.Machine("restore"), revokedSince, cancellationToken);
    }

    private static async Task PrintAsync(RestoreOutcome outcome, DateTimeOffset since)
    {
        await Console.Out.WriteLineAsync(
            $"""
            Ended {outcome.Grants} grants, deleted {outcome.Consents} consents and {outcome.LoginRequests} unfinished sign-ins:
            what was revoked since {since:yyyy-MM-dd HH:mm:ss}Z is not in the backup. Clients sign in again;
            clients that registered since register again.
            Check what an operator changed since then, because the database has its former state: apply the configuration file, delete API
            clients, secrets and initial access tokens that were deleted, block clients that were blocked, retire keys that were retired.
            """);
    }

    private static string FileOf(Settings settings) => Databases.SqliteFileOf(settings)
        ?? throw new UnusableSetting($"A PostgreSQL database is backed up and restored with its own tools: see {Guide}.");

    private static DateTimeOffset TimeOf(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
        && time <= TimeProvider.System.GetUtcNow()
            ? time
            : throw new UnusableSetting(
                $"--revoke-since is '{text}'; it must be 'backup' or a time in the past, for example 2026-11-27T08:00:00Z.");
}
