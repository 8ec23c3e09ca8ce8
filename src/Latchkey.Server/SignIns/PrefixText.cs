namespace Latchkey.Server.SignIns;

/// <summary>The condition that a text begins with another one, on both databases.</summary>
internal static class PrefixText
{
    public const string Escape = @"ESCAPE '\'";

    public static string Pattern(string begin) => begin
        .Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal)
        .Replace("_", @"\_", StringComparison.Ordinal) + "%";
}
