namespace Latchkey.Server.SignIns;

/// <summary>The catalogue of causes.</summary>
internal static class Causes
{
    public static IReadOnlyList<Cause> All { get; } = [];
}
