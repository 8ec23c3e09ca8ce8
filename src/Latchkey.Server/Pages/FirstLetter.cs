using System.Globalization;

namespace Latchkey.Server.Pages;

/// <summary>Stands in the place of a picture.</summary>
internal static class FirstLetter
{
    /// <summary>Returns the first letter as users see it, which may be several characters.</summary>
    public static string Of(string name) => StringInfo.GetNextTextElement(name.TrimStart()).ToUpperInvariant();
}
