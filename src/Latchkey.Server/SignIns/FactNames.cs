namespace Latchkey.Server.SignIns;

/// <summary>The names that facts may have. A name that is not listed cannot be recorded, so that no secret is by oversight.</summary>
internal static class FactNames
{
    public static IReadOnlySet<string> All { get; } = new HashSet<string>(StringComparer.Ordinal);
}
