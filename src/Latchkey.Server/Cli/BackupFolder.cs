using System.Text.Json;
using System.Text.Json.Serialization;
using Latchkey.Server.Storage;
using Latchkey.Server.Storage.Sqlite;

namespace Latchkey.Server.Cli;

/// <summary>
/// The folder of a backup: <c>backup.json</c>, the main database, the sign-in log, and on request the key-encryption key.
/// </summary>
/// <param name="SignInLog">Null when there was none.</param>
/// <param name="Key">The file of the key-encryption key, when it is included.</param>
internal sealed record BackupFolder(string Database, string? SignInLog, string? Key, DateTimeOffset TakenAt)
{
    private const string Manifest = "backup.json";
    private const string DatabaseName = "latchkey.db";
    private const string SignInLogName = "latchkey.journeys.db";
    private const string KeyName = "key-encryption-key";

    /// <summary>Writes the backup under another name first, so that a folder of this name is complete.</summary>
    /// <param name="key">The file of the key, when it is included.</param>
    /// <param name="now">Noted as the time of the backup, because everything before it is contained.</param>
    public static void Create(string folder, string database, string? key, DateTimeOffset now)
    {
        if (Path.Exists(folder))
        {
            throw new UnusableSetting($"{folder} exists. Name a new folder for the backup.");
        }

        var incomplete = folder + ".incomplete";
        if (Directory.Exists(incomplete))
        {
            Directory.Delete(incomplete, recursive: true);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(incomplete);
        }
        else
        {
            Directory.CreateDirectory(incomplete, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        SqliteBackup.Copy(database, Path.Combine(incomplete, DatabaseName));
        var log = Databases.SignInFileOf(database);
        var hasLog = DatabaseMarker.HasContent(log);
        if (hasLog)
        {
            SqliteBackup.Copy(log, Path.Combine(incomplete, SignInLogName));
        }

        if (key is not null)
        {
            PrivateFile.Create(Path.Combine(incomplete, KeyName), File.ReadAllText(key));
        }

        var manifest = new BackupManifest(
            now, ProgramVersion.Text, DatabaseName, hasLog ? SignInLogName : null, key is null ? null : KeyName);
        PrivateFile.Create(
            Path.Combine(incomplete, Manifest), JsonSerializer.Serialize(manifest, BackupManifestJson.Default.BackupManifest));
        Directory.Move(incomplete, folder);
    }

    /// <exception cref="UnusableSetting">The folder is not a backup.</exception>
    public static BackupFolder Open(string folder)
    {
        var file = Path.Combine(folder, Manifest);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(file), BackupManifestJson.Default.BackupManifest) is { } manifest
                ? new(PathOf(manifest.Database)!, PathOf(manifest.SignInLog), PathOf(manifest.KeyEncryptionKey), manifest.TakenAt)
                : throw new UnusableSetting($"{file} is empty.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UnusableSetting($"{folder} is not a backup of 'latchkey backup': {problem.Message}");
        }

        string? PathOf(string? name) => name is null ? null : Path.GetFullPath(Path.Combine(folder, name));
    }
}

/// <param name="Version">The version of the program that made the backup.</param>
internal sealed record BackupManifest(
    DateTimeOffset TakenAt, string Version, string Database, string? SignInLog, string? KeyEncryptionKey);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(BackupManifest))]
internal sealed partial class BackupManifestJson : JsonSerializerContext;
