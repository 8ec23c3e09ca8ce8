using System.Collections.Frozen;
using System.Security.Cryptography;
using Latchkey.Server.Crypto;
using Latchkey.Server.Storage;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Keys;

/// <summary>
/// The server's keys, decrypted. Each purpose has a current key, which is used, and signing keys also have a next one, which is published
/// ahead because clients cache the key set for as long as their process lives. Former keys still verify what they signed.
/// </summary>
internal sealed class KeyRing(KeyStore store, Seal seal, TimeProvider clock)
{
    /// <summary>Derives state, cookie, proof, code and form token of login requests.</summary>
    public const string DerivePurpose = "derive";
    public const string RefreshPurpose = "refresh";

    /// <summary>Signs management tokens. Only this server verifies them, so an HMAC suffices, at 1 % of a signature's cost.</summary>
    public const string ApiTokenPurpose = "api-token";

    /// <summary>Created at the first start. Keys of other algorithms are created when a resource first uses them.</summary>
    private static readonly SigningAlgorithm[] DefaultAlgorithms = [SigningAlgorithm.RS256, SigningAlgorithm.ES256];
    private static readonly string[] SymmetricPurposes = [DerivePurpose, RefreshPurpose, ApiTokenPurpose];

    private readonly SemaphoreSlim turn = new(1, 1);
    private volatile Opened opened = Opened.None;

    public DerivationKey CurrentDerivationKey => opened.CurrentOf[DerivePurpose];

    public DerivationKey CurrentRefreshKey => opened.CurrentOf[RefreshPurpose];

    public DerivationKey ApiTokenKey => opened.CurrentOf[ApiTokenPurpose];

    /// <summary>Every key that may have signed a management token that has not expired.</summary>
    public IEnumerable<SecurityKey> ApiTokenKeys => opened.ApiTokenKeys;

    public DerivationKey? FindSymmetric(string id) => opened.Symmetric.GetValueOrDefault(id);

    public SigningKey SigningKeyFor(SigningAlgorithm algorithm) => opened.Signing.First(k => k.Algorithm == algorithm && k.IsCurrent);

    /// <summary>Every signing key that may have signed a token that has not expired.</summary>
    public IReadOnlyList<SigningKey> SigningKeys => opened.Signing;

    /// <summary>Verifies that the key-encryption key fits this database, before anything is written into it.</summary>
    /// <exception cref="UnusableSetting">The key-encryption key cannot decrypt the keys in this database.</exception>
    public async Task VerifyAsync(CancellationToken cancellationToken)
    {
        List<KeyRow> rows;
        try
        {
            rows = await store.AllAsync(cancellationToken);
        }
        catch (Exception problem) when (problem is StorageUnavailable or System.Data.Common.DbException)
        {
            // A database without keys, a former schema, or no database: the migration comes next, and tells what is wrong.
            return;
        }

        foreach (var row in rows.Where(r => r.State != KeyState.Retired))
        {
            CryptographicOperations.ZeroMemory(Decrypt(row));
        }
    }

    /// <summary>Decrypts the keys in the database and creates the missing ones.</summary>
    /// <exception cref="UnusableSetting">The key-encryption key cannot decrypt the keys in this database.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReloadAsync(cancellationToken);
        await MakeMissingAsync(
            [.. DefaultAlgorithms.SelectMany(Pair), .. SymmetricPurposes.Select(p => (p, KeyState.Current))], cancellationToken);
    }

    /// <summary>Reads the keys again. Called after each change by this process and after changes by others.</summary>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        // Reading and decrypting are one critical section, so that an older result cannot replace a newer one.
        await turn.WaitAsync(cancellationToken);
        try
        {
            var rows = await store.AllAsync(cancellationToken);
            if (!opened.IsOf(rows))
            {
                Open(rows);
            }
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Creates the keys of an algorithm before a resource uses it.</summary>
    public Task EnsureAsync(SigningAlgorithm algorithm, CancellationToken cancellationToken) =>
        MakeMissingAsync(Pair(algorithm), cancellationToken);

    /// <summary>Returns a new encrypted key that is not stored yet.</summary>
    public KeyRow NewRow(string purpose, string state, DateTimeOffset now)
    {
        var id = NewKeyId(purpose);
        return new(id, purpose, state, seal.Close(id, purpose, NewKey(purpose)), now);
    }

    public static bool IsSigning(string purpose) => Enum.TryParse<SigningAlgorithm>(purpose, out _);

    private async Task MakeMissingAsync(IReadOnlyList<(string Purpose, string State)> wanted, CancellationToken cancellationToken)
    {
        var missing = wanted.Where(w => !opened.Has(w.Purpose, w.State)).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        foreach (var (purpose, state) in missing)
        {
            await store.AddAsync(NewRow(purpose, state, clock.GetUtcNow()), cancellationToken);
        }

        await ReloadAsync(cancellationToken);
    }

    private static (string Purpose, string State)[] Pair(SigningAlgorithm algorithm) =>
        [(algorithm.ToString(), KeyState.Current), (algorithm.ToString(), KeyState.Next)];

    private void Open(List<KeyRow> rows)
    {
        var signing = new List<SigningKey>();
        var symmetric = new Dictionary<string, DerivationKey>(StringComparer.Ordinal);
        var current = new Dictionary<string, DerivationKey>(StringComparer.Ordinal);
        foreach (var row in rows.Where(r => r.State != KeyState.Retired))
        {
            var clear = Decrypt(row);
            if (Enum.TryParse<SigningAlgorithm>(row.Purpose, out var algorithm))
            {
                signing.Add(new SigningKey(row.Id, algorithm, row.State == KeyState.Current, Import(algorithm, row.Id, clear))
                {
                    Since = row.InStateSince,
                });
                continue;
            }

            var key = new DerivationKey(row.Id, clear);
            symmetric[row.Id] = key;
            if (row.State == KeyState.Current)
            {
                current[row.Purpose] = key;
            }
        }

        opened = new(
            [.. rows.Select(r => (r.Id, r.Purpose, r.State))],
            [.. signing.OrderBy(k => k.Algorithm).ThenByDescending(k => k.IsCurrent)],
            symmetric.ToFrozenDictionary(StringComparer.Ordinal),
            current.ToFrozenDictionary(StringComparer.Ordinal),
            [.. rows.Where(r => r.Purpose == ApiTokenPurpose && symmetric.ContainsKey(r.Id)).Select(r => symmetric[r.Id].AsSecurityKey())]);
    }

    private byte[] Decrypt(KeyRow row) => seal.Open(row.Id, row.Purpose, row.Sealed)
        ?? throw new UnusableSetting("The key-encryption key cannot decrypt the keys in this database. "
            + "Start with the KeyEncryptionKey (or data directory) that the database was created with.");

    /// <summary>Ids are public, because a token names its key: they are short and reveal nothing.</summary>
    private static string NewKeyId(string purpose) =>
        Ids.New("key_") + (Enum.TryParse<SigningAlgorithm>(purpose, out _) ? "_" + purpose.ToLowerInvariant() : "");

    private static byte[] NewKey(string purpose)
    {
        switch (purpose)
        {
            case nameof(SigningAlgorithm.RS256) or nameof(SigningAlgorithm.PS256):
                using (var rsa = RSA.Create(2048))
                {
                    return rsa.ExportPkcs8PrivateKey();
                }

            case nameof(SigningAlgorithm.ES256):
                using (var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                {
                    return ec.ExportPkcs8PrivateKey();
                }

            default:
                return Secret.NewBytes(32);
        }
    }

    private static AsymmetricSecurityKey Import(SigningAlgorithm algorithm, string id, byte[] pkcs8)
    {
        if (algorithm == SigningAlgorithm.ES256)
        {
            var ec = ECDsa.Create();
            ec.ImportPkcs8PrivateKey(pkcs8, out _);
            return new ECDsaSecurityKey(ec) { KeyId = id };
        }

        var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(pkcs8, out _);
        return new RsaSecurityKey(rsa) { KeyId = id };
    }

    private sealed record Opened(
        IReadOnlyList<(string Id, string Purpose, string State)> Rows,
        IReadOnlyList<SigningKey> Signing,
        FrozenDictionary<string, DerivationKey> Symmetric,
        FrozenDictionary<string, DerivationKey> CurrentOf,
        IReadOnlyList<SecurityKey> ApiTokenKeys)
    {
        public static Opened None { get; } = new(
            [], [], FrozenDictionary<string, DerivationKey>.Empty, FrozenDictionary<string, DerivationKey>.Empty, []);

        public bool Has(string purpose, string state) => Rows.Any(r => r.Purpose == purpose && r.State == state);

        public bool IsOf(List<KeyRow> rows) => Rows.SequenceEqual(rows.Select(r => (r.Id, r.Purpose, r.State)));
    }
}

internal sealed record SigningKey(string Id, SigningAlgorithm Algorithm, bool IsCurrent, AsymmetricSecurityKey Key)
{
    public SigningCredentials Credentials { get; } = new(Key, Algorithm.ToString());

    /// <summary>When the key came into its state.</summary>
    public DateTimeOffset Since { get; init; }
}

/// <summary>A 256-bit key for HMAC-SHA256. The purpose is part of what is hashed, so no value of one kind is valid as another.</summary>
internal sealed class DerivationKey(string id, byte[] key)
{
    public string Id => id;

    /// <summary>The raw key, for the JWT library (management tokens).</summary>
    public SymmetricSecurityKey AsSecurityKey() => new(key) { KeyId = id };

    /// <summary>Returns 32 bytes in base64url (43 characters).</summary>
    public string Derive(string purpose, string subject) =>
        System.Buffers.Text.Base64Url.EncodeToString(HMACSHA256.HashData(key, System.Text.Encoding.UTF8.GetBytes($"{purpose}\n{subject}")));
}
