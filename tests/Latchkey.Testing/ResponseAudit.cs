using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;

namespace Latchkey.Testing;

/// <summary>
/// Sees every answer of one server in a test run: keeps the secrets it issued and counts its answers. When the run is over, <c>./dev check</c> searches the logs
/// for the secrets, and asks whether any answer was a 5xx that no test had provoked by taking the storage away.
/// </summary>
public sealed partial class ResponseAudit(string server) : IDisposable
{
    private readonly ConcurrentDictionary<string, bool> secrets = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> failures = new();
    private int responses;

    /// <summary>Secrets of kinds that were seen; each as it stood in an response.</summary>
    public IReadOnlyCollection<string> Secrets => [.. secrets.Keys];

    /// <summary>While a test has the server's storage taken away, 503 is the right response.</summary>
    public bool ExpectsStorageAway { get; set; }

    /// <summary>A handler that lets everything pass and looks at it.</summary>
    public DelegatingHandler Watch(HttpMessageHandler inner) => new Watching(this, inner);

    /// <summary>A secret that did not come in an answer watched here.</summary>
    public void Keep(string secret) => secrets.TryAdd(secret, true);

    /// <summary>Keeps what a text of an answer holds: body, header or URL.</summary>
    public void Look(string text)
    {
        foreach (Match match in SecretIn().Matches(text))
        {
            Keep(match.Groups["secret"].Value);
        }
    }

    /// <summary>Counts an response.</summary>
    public void Count(string method, string path, int status)
    {
        Interlocked.Increment(ref responses);
        if (status >= 500 && !(ExpectsStorageAway && status == (int)HttpStatusCode.ServiceUnavailable))
        {
            failures.Enqueue($"{server}: {method} {path} was answered {status}");
        }
    }

    /// <summary>Writes down the secrets seen so far and keeps them no longer: a long run asks how much memory the server needs, not how much its witness.</summary>
    public void WriteSecrets()
    {
        var seen = Secrets;
        File.AppendAllLines(Path.Combine(Artifacts.Folder("secrets"), $"{server}.txt"), seen);
        foreach (var secret in seen)
        {
            secrets.TryRemove(secret, out _);
        }
    }

    /// <summary>Writes down what was seen.</summary>
    public void Dispose()
    {
        WriteSecrets();
        File.AppendAllLines(Path.Combine(Artifacts.Folder("answers"), $"{server}.txt"), failures.Append($"{responses} answers"));
    }

    // Tokens, codes and secrets by their prefixes; signatures of JWTs; proofs behind the id; state of a login; form tokens; binding cookies.
    [GeneratedRegex(
        """
        (?<secret>\blk[a-z]_[A-Za-z0-9_.-]{20,})|\beyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.(?<secret>[A-Za-z0-9_-]{20,})|\breq_[A-Za-z0-9]{22}\.(?<secret>[A-Za-z0-9_-]{43})|[?&]state=(?<secret>[A-Za-z0-9_-]{65})(?=&|"|$)|name="form_token"\ value="(?<secret>[^"]+)"|^(__Host-)?lk-[A-Za-z0-9]{22}=(?<secret>[^;]+)
        """,
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex SecretIn();

    private sealed class Watching(ResponseAudit responseAudit, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            responseAudit.Count(request.Method.Method, request.RequestUri!.AbsolutePath, (int)response.StatusCode);
            foreach (var value in response.Headers.NonValidated.SelectMany(h => h.Value))
            {
                responseAudit.Look(value);
            }

            if (response.Content.Headers.ContentType?.MediaType is "application/json" or "application/problem+json" or "text/html")
            {
                await response.Content.LoadIntoBufferAsync(cancellationToken);
                responseAudit.Look(await response.Content.ReadAsStringAsync(cancellationToken));
            }

            return response;
        }
    }
}
