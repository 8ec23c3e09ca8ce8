using Latchkey.Server.Storage;

namespace Latchkey.Server.Crypto;

/// <summary>Finds the key-encryption key: in the setting, in the file it names, or in a file created in the data directory.</summary>
internal static class KeyEncryptionKey
{
    private const string FileName = "key-encryption-key";

    /// <exception cref="UnusableSetting">The setting is not a 256-bit key, or it is required and missing.</exception>
    public static byte[] Find(Settings settings, bool databaseIsShared)
    {
        if (settings.KeyEncryptionKey is { } setting)
        {
            const string FilePrefix = "file:";
            return setting.StartsWith(FilePrefix, StringComparison.Ordinal)
                ? Decode(ReadFile(setting[FilePrefix.Length..]), $"the file {setting[FilePrefix.Length..]}")
                : Decode(setting, "KeyEncryptionKey");
        }

        if (databaseIsShared)
        {
            throw new UnusableSetting(
                "KeyEncryptionKey is required with PostgreSQL, because every node must decrypt the same keys. "
                + "Create one with: openssl rand -base64 32");
        }

        var file = Path.Combine(settings.DataDirectory, FileName);
        if (!File.Exists(file))
        {
            PrivateFile.Create(file, Convert.ToBase64String(Secret.NewBytes(Seal.KeyLength)));
        }

        return Decode(ReadFile(file), $"the file {file}");
    }

    private static string ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UnusableSetting($"KeyEncryptionKey: {problem.Message}");
        }
    }

    private static byte[] Decode(string text, string where)
    {
        var key = new byte[Seal.KeyLength + 1];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == Seal.KeyLength
            ? key[..Seal.KeyLength]
            : throw new UnusableSetting(
                $"{where} does not hold a 256-bit key in base64 (44 characters). Create one with: openssl rand -base64 32");
    }
}
