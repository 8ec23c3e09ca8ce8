using System.Net;
using System.Text.RegularExpressions;

namespace Latchkey.Server.Dashboard;

/// <summary>
/// Shortens e-mail addresses to <c>a•••@acme.example</c> for viewers who may not see people (<c>Operators:ViewersSeePeople</c>), at the
/// one place that every page and live event passes: an address can stand anywhere, in a fact of a sign-in as well as in a link.
/// </summary>
internal static partial class HiddenPeople
{
    private const string Rest = "•••";

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
        return Email().Replace(text, match =>
        {
            var email = WebUtility.HtmlDecode(Uri.UnescapeDataString(match.Value));
            return email.Equals(own, StringComparison.OrdinalIgnoreCase)
                || typed.Exists(value => value.Contains(email, StringComparison.OrdinalIgnoreCase))
                    ? match.Value
                    : Shortened(match);
        });
    }

    private static string Shortened(Match match)
    {
        var first = match.Groups["local"].Value;
        return $"{(char.IsAsciiLetterOrDigit(first[0]) ? first[..1] : "")}{Rest}{match.Groups["at"].Value}{match.Groups["host"].Value}";
    }

    /// <summary>
    /// An address in text, in an attribute as HTML writes it, in a JSON string, or in a URL. It begins where no character of an address
    /// precedes, or behind another address, so that a long text is read once.
    /// </summary>
    [GeneratedRegex(
        @"(?:\G|(?<![A-Za-z0-9.!#$%*^_`{|}~+-]|&\#x[0-9A-Fa-f]{1,6};))"
        + @"(?<local>(?>(?:[A-Za-z0-9.!#$*^_`{|}~+-]|%(?!40)|&\#x[0-9A-Fa-f]{1,6};|\\u[0-9A-Fa-f]{4})+))"
        + @"(?<at>@|%40)(?<host>[A-Za-z0-9.-]*)",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Email();
}
