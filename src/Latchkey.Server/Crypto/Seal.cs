using System.Security.Cryptography;
using System.Text;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Crypto;

/// <summary>
/// Encrypts private keys with the key-encryption key: AES-256-GCM with nonce (12 bytes), ciphertext and tag (16 bytes). The key's id and
/// purpose are authenticated data, so an encrypted key that is moved to another row cannot be decrypted.
/// </summary>
internal sealed class Seal(byte[] keyEncryptionKey) : IDisposable
{
    public const int KeyLength = KeyFile.KeyBytes;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    // One call at a time: AesGcm is not thread-safe, and two calls at once would make ciphertext that cannot be decrypted.
    private readonly Lock one = new();
    private readonly AesGcm cipher = new(keyEncryptionKey, TagLength);
    private readonly byte[] macKey = HKDF.DeriveKey(
        HashAlgorithmName.SHA256, keyEncryptionKey, KeyLength, info: "latchkey audit head"u8.ToArray());

    public byte[] Close(string id, string purpose, ReadOnlySpan<byte> clear)
    {
        var sealedKey = new byte[NonceLength + clear.Length + TagLength];
        Secret.NewBytes(NonceLength).CopyTo(sealedKey, 0);
        lock (one)
        {
            cipher.Encrypt(
                sealedKey.AsSpan(0, NonceLength),
                clear,
                sealedKey.AsSpan(NonceLength, clear.Length),
                sealedKey.AsSpan(NonceLength + clear.Length),
                Label(id, purpose));
        }

        return sealedKey;
    }

    /// <summary>Returns the decrypted key, or null when it was encrypted with another key-encryption key.</summary>
    public byte[]? Open(string id, string purpose, ReadOnlySpan<byte> sealedKey)
    {
        if (sealedKey.Length < NonceLength + TagLength)
        {
            return null;
        }

        var clear = new byte[sealedKey.Length - NonceLength - TagLength];
        try
        {
            lock (one)
            {
                cipher.Decrypt(
                    sealedKey[..NonceLength], sealedKey.Slice(NonceLength, clear.Length), sealedKey[^TagLength..], clear,
                    Label(id, purpose));
            }

            return clear;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>An HMAC-SHA256 with a key derived from the key-encryption key.</summary>
    public byte[] Mac(ReadOnlySpan<byte> message) => HMACSHA256.HashData(macKey, message);

    public bool IsMac(ReadOnlySpan<byte> message, ReadOnlySpan<byte> given) => CryptographicOperations.FixedTimeEquals(Mac(message), given);

    public void Dispose() => cipher.Dispose();

    private static byte[] Label(string id, string purpose) => Encoding.UTF8.GetBytes($"latchkey key {purpose} {id}");
}
