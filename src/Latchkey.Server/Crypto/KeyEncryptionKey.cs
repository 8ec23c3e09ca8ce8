using Latchkey.Server.Storage;

namespace Latchkey.Server.Crypto;

/// <summary>
/// Finds the key-encryption key: in the setting, in the file it names, or in the file of the data directory (<see cref="KeyFile"/>).
/// </summary>
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

        return DecodeFile(settings.KeyEncryptionKeyFile!);
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
