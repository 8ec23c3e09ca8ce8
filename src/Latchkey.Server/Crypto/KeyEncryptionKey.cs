using Latchkey.Server.Storage;

namespace Latchkey.Server.Crypto;

/// <summary>Finds the key-encryption key: in the setting, in the file it names, or in a file created in the data directory at the first
/// start, when there is no database yet.</summary>
internal static class KeyEncryptionKey
{
    private const string Key = "KeyEncryptionKey";

    /// <exception cref="UnusableSetting">The setting is not a 256-bit key, or it is required and missing.</exception>
    public static byte[] Find(Settings settings, bool databaseIsShared)
    {
        if (settings.KeyEncryptionKey is { } setting)
        {
            return settings.KeyEncryptionKeyFile is { } given ? DecodeFile(given) : Decode(setting, Key);
        }

        if (databaseIsShared)
        {
            throw new UnusableSetting(
                "KeyEncryptionKey is required with PostgreSQL, because every node must decrypt the same keys. "
                + "Create one with: openssl rand -base64 32");
        }

        var file = settings.KeyEncryptionKeyFile!;
        if (!Path.Exists(file))
        {
            if (Databases.SqliteFileOf(settings) is { } database && DatabaseMarker.HasContent(database))
            {
                throw new UnusableSetting(
                    $"The key-encryption key {file} is missing, but the database {database} exists and is encrypted with it. "
                    + "Put the file back. Nothing was written.");
            }

            StorageDirectory.Create("DataDirectory", settings.DataDirectory);
            PrivateFile.Create(file, Convert.ToBase64String(Secret.NewBytes(Seal.KeyLength)));
        }

        return DecodeFile(file);
    }

    private static byte[] DecodeFile(string path) => Decode(SettingFile.ReadText(Key, path), $"{Key}: the file {path}");

    private static byte[] Decode(string text, string where)
    {
        var key = new byte[Seal.KeyLength + 1];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == Seal.KeyLength
            ? key[..Seal.KeyLength]
            : throw new UnusableSetting(
                $"{where} does not hold a 256-bit key in base64 (44 characters). Create one with: openssl rand -base64 32");
    }
}
