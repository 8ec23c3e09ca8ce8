using System.Net;
using System.Text.RegularExpressions;

namespace Latchkey.Bench.Dashboard;

/// <summary>An operator who is signed in to the dashboard, and follows its links.</summary>
internal sealed partial class Operator : IDisposable
{
    public const string Email = "owner@bench.example";
    public const string Password = "a password of the benchmark";

    private readonly HttpClient http;

    private Operator(string baseUrl) => http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        BaseAddress = new Uri(baseUrl),
        DefaultRequestHeaders = { { "Origin", baseUrl }, { "Accept", "text/html" } },
    };

    public static async Task<Operator> SignInAsync(string baseUrl)
    {
        var signedIn = new Operator(baseUrl);
        using var form = new FormUrlEncodedContent([new("email", Email), new("password", Password)]);
        using var answer = await signedIn.http.PostAsync("/dashboard/sign-in", form);
        return answer.StatusCode == HttpStatusCode.SeeOther
            ? signedIn
            : throw new InvalidOperationException($"sign-in of the operator: {answer.StatusCode}");
    }

    /// <summary>
    /// The addresses of the pages that links lead to from the overview, by page: the ids and values in an address do not make another page.
    /// </summary>
    /// <param name="examples">The addresses kept per page.</param>
    public async Task<Dictionary<string, List<string>>> PagesAsync(int examples)
    {
        var found = new Dictionary<string, List<string>>(StringComparer.Ordinal) { ["/dashboard"] = ["/dashboard"] };
        var unread = new Queue<string>(["/dashboard"]);
        while (unread.TryDequeue(out var path))
        {
            foreach (var link in Links().Matches(await GetAsync(path)).Select(l => WebUtility.HtmlDecode(l.Groups["path"].Value)))
            {
                var page = PageOf(link);
                if (!found.TryGetValue(page, out var addresses))
                {
                    found[page] = addresses = [];
                    unread.Enqueue(link);
                }

                if (addresses.Count < examples && !addresses.Contains(link))
                {
                    addresses.Add(link);
                }
            }
        }

        return found;
    }

    /// <summary>The text of a page, or an empty one for a redirect.</summary>
    public async Task<string> GetAsync(string path)
    {
        using var response = await http.GetAsync(path);
        return (int)response.StatusCode < 400
            ? await response.Content.ReadAsStringAsync()
            : throw new InvalidOperationException($"{path}: {response.StatusCode}");
    }

    public void Dispose() => http.Dispose();

    private static string PageOf(string link)
    {
        var parts = link.Split('?', 2);
        var path = string.Join('/', parts[0].Split('/').Select(part => IsValue().IsMatch(part) ? "{}" : part));
        if (parts.Length == 1)
        {
            return path;
        }

        var names = parts[1].Split('&').Select(member => member.Split('=')[0]).Distinct().Order(StringComparer.Ordinal);
        return $"{path}?{string.Join('&', names)}";
    }

    /// <summary>Links to downloads and to the sign-out are left out.</summary>
    [GeneratedRegex(
        "<a [^>]*href=\"(?<path>/dashboard(?![^\"]*(download|sign-out|\\.csv|\\.json))[^\"#]*)\"", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex Links();

    [GeneratedRegex("[A-Z0-9%@]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IsValue();
}
