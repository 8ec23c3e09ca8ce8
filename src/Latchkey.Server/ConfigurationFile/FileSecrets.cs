using System.Security.Cryptography;
using Latchkey.Server.Credentials;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>
/// The secrets of a file. The file contains only references: <c>{env: NAME}</c> or <c>{file: path}</c>, relative to the file. The listed
/// secrets replace those of the client; one that the client already has keeps its id and its expiry.
/// </summary>
internal sealed class FileSecrets(SecretLookup lookup, FileErrors errors, DateTimeOffset now)
{
    private const int MaxLength = 512;

    private readonly Dictionary<SecretId, string> references = [];

    /// <summary>The references of the new secrets.</summary>
    public IReadOnlyDictionary<SecretId, string> References => references;

    /// <summary>Returns the secrets that the client is to have: the present ones when the file lists none.</summary>
    public IReadOnlyList<ClientSecret> Read(FileEntry client, IReadOnlyList<ClientSecret> present)
    {
        if (client.TakeList("secrets") is not { } listed)
        {
            return present;
        }

        if (listed.Count > ClientSecret.MaxPerClient)
        {
            client.Wrong("secrets", $"may have at most {ClientSecret.MaxPerClient} entries");
            return present;
        }

        var secrets = new List<ClientSecret>();
        foreach (var entry in listed)
        {
            if (Resolve(entry) is not var (secret, reference))
            {
                continue;
            }

            var hash = secret.Hash();
            if (secrets.Exists(s => CryptographicOperations.FixedTimeEquals(s.Hash, hash)))
            {
                errors.Add(entry.Line, entry.Key, "is the same secret as a previous one");
            }
            else if (present.FirstOrDefault(s => CryptographicOperations.FixedTimeEquals(s.Hash, hash)) is { } kept)
            {
                secrets.Add(kept);
            }
            else
            {
                var added = ClientSecret.Of(secret, now);
                references[added.Id] = reference;
                secrets.Add(added);
            }
        }

        return secrets;
    }

    private (Secret Secret, string Reference)? Resolve(FileEntry entry)
    {
        if (!entry.IsOne())
        {
            return null;
        }

        var (variable, path) = (entry.Peek("env"), entry.Peek("file"));
        var (hasVariable, hasPath) = (entry.Take("env") is not null, entry.Take("file") is not null);
        if (!entry.IsRight(entry.Body()))
        {
            return null;
        }

        if (hasVariable == hasPath || (variable ?? path) is not { Length: > 0 } named)
        {
            errors.Add(entry.Line, entry.Key, "must be {env: NAME} or {file: path}; a literal secret is not allowed");
            return null;
        }

        var reference = new SecretReference(hasVariable ? SecretReference.Variable : SecretReference.File, named);
        var value = lookup(reference);
        if ((value is null ? reference.WhyMissing : WhyUnfit(new Secret(value))) is { } what)
        {
            errors.Add(entry.Line, entry.Key, $"({OAuthError.Printable(reference.ToString())}) {what}");
            return null;
        }

        return (new Secret(value!), OAuthError.Printable(reference.ToString()));
    }

    /// <summary>Returns why a secret is invalid, or null. RFC 6749 §A.2 defines the characters; the length prevents guessing.</summary>
    private static string? WhyUnfit(Secret secret) => secret.Value.Length is < Secret.MinChosenLength or > MaxLength
        ? $"must have between {Secret.MinChosenLength} and {MaxLength} characters"
        : secret.Value.Any(c => c is < ' ' or > '~') ? "must be printable ASCII"
        : null;
}
