using System.Buffers;
using System.Net;
using System.Text;

namespace Latchkey.Server.Dashboard;

/// <summary>
/// Shortens e-mail addresses to <c>a•••@acme.example</c> for viewers who may not see people (<c>Operators:ViewersSeePeople</c>), at the
/// one place that every page and live event passes: an address can stand anywhere, in a fact of a sign-in as well as in a link.
/// </summary>
internal static class HiddenPeople
{
    private const string Rest = "•••";

    private const string LettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>The character between local part and host as text, in a URL, in HTML and in JSON.</summary>
    private static readonly string[] Ats = ["@", "%40", "&#64;", "&#x40;", "\\u0040"];

    private static readonly SearchValues<char> FirstOfAt = SearchValues.Create("@%&\\");

    /// <summary>Characters of the local part, and the percent sign of an encoded one.</summary>
    private static readonly SearchValues<char> OfLocalPart = SearchValues.Create(LettersAndDigits + ".!#$%*^_`{|}~+-");

    private static readonly SearchValues<char> OfHost = SearchValues.Create(LettersAndDigits + ".-");

    /// <summary>The length of <c>&amp;#x10FFFF;</c>.</summary>
    private const int MaxReferenceLength = 10;

    /// <summary>The length of the digits of <c>\u002B</c>.</summary>
    private const int EscapeDigits = 4;

    /// <summary>
    /// The text as the operator may see it. The operator's own address stays, and so do those of the URL, which the operator has typed.
    /// </summary>
    /// <param name="text">HTML or JSON.</param>
    public static string Of(DashboardRequest request, string text)
    {
        if (request.SeesPeople)
        {
            return text;
        }

        var own = request.Operator.Email;
        var typed = request.Query.Everything.Select(member => member.Value).ToList();
        return Shorten(text, written =>
        {
            var email = WebUtility.HtmlDecode(Uri.UnescapeDataString(written));
            return email.Equals(own, StringComparison.OrdinalIgnoreCase)
                || typed.Exists(value => value.Contains(email, StringComparison.OrdinalIgnoreCase));
        });
    }

    /// <summary>
    /// Finds each at sign and walks back over the local part, at most to the end of the address before, so that a text of any content is
    /// read twice at most.
    /// </summary>
    /// <param name="stays">Whether an address stays as it is written in the text.</param>
    private static string Shorten(string text, Func<string, bool> stays)
    {
        var shortened = new StringBuilder();
        var (copied, end) = (0, 0);
        while (NextAt(text, end) is { } at)
        {
            var start = StartOfLocalPart(text, end, at.Position);
            end = at.Position + at.Length;
            if (start == at.Position)
            {
                continue;
            }

            end = EndOfHost(text, end);
            if (!stays(text[start..end]))
            {
                shortened.Append(text, copied, start - copied)
                    .Append(char.IsAsciiLetterOrDigit(text[start]) ? text[start..(start + 1)] : "").Append(Rest)
                    .Append(text, at.Position, end - at.Position);
                copied = end;
            }
        }

        return copied == 0 ? text : shortened.Append(text, copied, text.Length - copied).ToString();
    }

    private static (int Position, int Length)? NextAt(string text, int from)
    {
        var position = from;
        while (text.AsSpan(position).IndexOfAny(FirstOfAt) is >= 0 and var distance)
        {
            position += distance;
            foreach (var at in Ats)
            {
                if (text.AsSpan(position).StartsWith(at, StringComparison.OrdinalIgnoreCase))
                {
                    return (position, at.Length);
                }
            }

            position++;
        }

        return null;
    }

    private static int StartOfLocalPart(string text, int least, int at)
    {
        var start = at;
        while (start > least && LengthBefore(text, least, start) is > 0 and var length)
        {
            start -= length;
        }

        return start;
    }

    /// <summary>The length of the character of a local part that ends here, as it is written. Zero: it is no such character.</summary>
    private static int LengthBefore(string text, int least, int end)
    {
        var last = text[end - 1];
        if (last == ';')
        {
            var start = text.LastIndexOf('&', end - 1, Math.Min(end - least, MaxReferenceLength));
            return start >= 0 && IsReference(text.AsSpan(start, end - start)) ? end - start : 0;
        }

        return OfLocalPart.Contains(last) || (last == '\\' && BeginsEscape(text.AsSpan(end - 1))) ? 1 : 0;
    }

    /// <summary>Whether this is a numeric character reference of HTML.</summary>
    /// <param name="text">From an ampersand to a semicolon.</param>
    private static bool IsReference(ReadOnlySpan<char> text)
    {
        if (!text.StartsWith("&#", StringComparison.Ordinal))
        {
            return false;
        }

        var number = text[2..^1];
        return number.StartsWith("x", StringComparison.OrdinalIgnoreCase)
            ? number.Length > 1 && IsHexadecimal(number[1..])
            : number.Length > 0 && number.IndexOfAnyExceptInRange('0', '9') < 0;
    }

    /// <summary>Whether an escaped character of JSON begins here. The walk has passed its digits already.</summary>
    private static bool BeginsEscape(ReadOnlySpan<char> text) =>
        text.StartsWith("\\u", StringComparison.Ordinal) && text.Length >= 2 + EscapeDigits && IsHexadecimal(text.Slice(2, EscapeDigits));

    private static bool IsHexadecimal(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiHexDigit(character))
            {
                return false;
            }
        }

        return true;
    }

    private static int EndOfHost(string text, int from)
    {
        var length = text.AsSpan(from).IndexOfAnyExcept(OfHost);
        return length < 0 ? text.Length : from + length;
    }
}
