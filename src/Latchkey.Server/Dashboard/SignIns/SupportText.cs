using System.Globalization;
using System.Text;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>
/// A sign-in as Markdown, for a ticket at the vendor of the client or the developers of the login page. Without the person, their network
/// and their browser.
/// </summary>
internal static class SupportText
{
    private const string Left = "(left out)";

    private static readonly string[] OfPerson =
        ["sub", "email", "address", "network", "former_network", "difference", "user_agent", "ignored_members", "differing_members"];

    public static string Of(SignIn signIn, SignInVerdict verdict)
    {
        var summary = signIn.Summary;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"## Sign-in {summary.Reference}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{Clean(verdict.Title, summary)}\n\n");
        foreach (var value in verdict.Compared.SelectMany(pair => pair.Values).Where(v => !OfPerson.Contains(v.Label.Split(' ')[0])))
        {
            text.Append(CultureInfo.InvariantCulture, $"- {value.Label}: {Quoted(value.Before + value.Differs + value.After)}\n");
        }

        text.Append(
            CultureInfo.InvariantCulture, $"- client: {Quoted(SignInLine.ClientOf(summary))}, {Quoted(summary.ClientId ?? "no id")}\n");
        if (verdict.Fix is { } fix)
        {
            text.Append(CultureInfo.InvariantCulture, $"- who can fix it: {verdict.FixedBy}\n- fix: {Clean(fix, summary)}\n");
        }

        text.Append('\n');
        foreach (var happened in signIn.Events)
        {
            var words = EventWords.Of(happened);
            text.Append(
                CultureInfo.InvariantCulture,
                $"- {happened.At.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ} {words.Actor}: {Clean(words.Title, summary)}\n");
        }

        return text.ToString();
    }

    /// <summary>A code span, whose backticks end nowhere earlier.</summary>
    private static string Quoted(string value) => $"`{value.Replace('`', '\'')}`";

    /// <summary>Without the words that name the person or their network.</summary>
    private static string Clean(string text, SignInSummary summary)
    {
        foreach (var word in (string?[])[summary.Email, summary.Subject, summary.Network, summary.Network?.Split('/')[0]])
        {
            text = word is { Length: > 0 } ? text.Replace(word, Left, StringComparison.OrdinalIgnoreCase) : text;
        }

        return text;
    }
}
