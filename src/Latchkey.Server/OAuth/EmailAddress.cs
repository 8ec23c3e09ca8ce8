namespace Latchkey.Server.OAuth;

/// <summary>An e-mail address: something before and after one <c>@</c>, without white space, at most 320 characters.</summary>
internal static class EmailAddress
{
    private const int MaxLength = 320;

    public static bool IsOne(string text)
    {
        var at = text.LastIndexOf('@');
        return at > 0 && at < text.Length - 1 && text.Length <= MaxLength && !text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))
            && text.IndexOf('@', StringComparison.Ordinal) == at;
    }
}
