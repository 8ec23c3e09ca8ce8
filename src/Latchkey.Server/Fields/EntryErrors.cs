namespace Latchkey.Server.Fields;

/// <summary>The error of a list of strings, which names every invalid entry.</summary>
internal static class EntryErrors
{
    /// <summary>Returns the rest of a sentence that begins with the name of the list, or null when all entries are valid.</summary>
    /// <param name="validate">Returns the error of an entry, or null.</param>
    public static string? Of(IEnumerable<string> entries, Func<string, string?> validate)
    {
        List<string> wrong = [
            .. from entry in entries.Distinct(StringComparer.Ordinal)
               let what = validate(entry)
               where what is not null
               select $"'{OAuthError.Printable(entry)}': {OAuthError.Printable(what)}"];
        return wrong.Count > 0 ? $"contains {string.Join("; ", wrong)}" : null;
    }

    /// <summary>The error of scopes that a resource does not have, or null when there are none.</summary>
    public static string? OfUnknownScopes(IEnumerable<string> unknown)
    {
        var names = unknown.Select(OAuthError.Printable).ToList();
        return names.Count switch
        {
            0 => null,
            1 => $"contains {names[0]}, which is not a scope of this resource",
            _ => $"contains {string.Join(", ", names)}, which are not scopes of this resource",
        };
    }
}
