using System.Collections;
using System.Text;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>Returns the secret that a file refers to, or null when it does not exist.</summary>
internal delegate string? SecretLookup(SecretReference reference);

/// <summary>A reference of a configuration file to a secret: <c>{env: NAME}</c> or <c>{file: path}</c>.</summary>
internal readonly record struct SecretReference(string Kind, string Named)
{
    public const string Variable = "env";
    public const string File = "file";
    private const int MaxBytes = 4 * 1024;

    /// <summary>The error when the reference leads to no secret.</summary>
    public string WhyMissing => Kind == Variable ? "is not set" : "cannot be read";

    /// <summary>Reads variables of this process, and files relative to a folder.</summary>
    public static SecretLookup OnThisMachine(IDictionary environment, string folder) => reference =>
        reference.Kind == Variable ? environment[reference.Named] as string : Read(Path.Combine(folder, reference.Named));

    /// <summary>Returns every reference in the lists <c>secrets</c> of a file, each once.</summary>
    public static IReadOnlyList<SecretReference> AllIn(FileNode node) => [.. Find(node).Distinct()];

    /// <summary>Returns the first reference of an API client of a file, or null.</summary>
    public static SecretReference? OfApiClient(FileNode.Mapping root, string clientId) =>
        root.Members.Where(member => member is { Name: "api_clients", Value: FileNode.List })
            .SelectMany(member => ((FileNode.List)member.Value).Entries).OfType<FileNode.Mapping>()
            .Where(entry => entry.Members.Any(
                member => member is { Name: "client_id", Value: FileNode.Scalar id } && id.Text == clientId))
            .SelectMany(AllIn).Select(reference => (SecretReference?)reference).FirstOrDefault();

    public override string ToString() => $"{Kind} {Named}";

    private static IEnumerable<SecretReference> Find(FileNode node) => node switch
    {
        FileNode.List list => list.Entries.SelectMany(Find),
        FileNode.Mapping mapping => mapping.Members.SelectMany(
            member => member is { Name: "secrets", Value: FileNode.List secrets }
                ? secrets.Entries.OfType<FileNode.Mapping>().SelectMany(secret => secret.Members).Select(Of).OfType<SecretReference>()
                : Find(member.Value)),
        FileNode.Scalar => [],
    };

    private static SecretReference? Of(FileMember member) =>
        member is { Name: Variable or File, Value: FileNode.Scalar named } ? new(member.Name, named.Text) : null;

    private static string? Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            var bytes = new byte[MaxBytes];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\r', '\n');
        }
        catch (Exception unreadable)
            when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
