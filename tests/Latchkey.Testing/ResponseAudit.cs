using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;

namespace Latchkey.Testing;

/// <summary>
/// Records the secrets and counts the responses of one server in a test run. After the run, <c>./dev check</c> searches the logs for the
/// secrets, and fails if a response was a 5xx that no test had provoked by stopping the storage.
/// </summary>
public sealed partial class ResponseAudit(string server) : IDisposable
{
    /// <summary>Its 503 is a result with a time limit, which a busy machine can exceed. Tests that expect another result say so.</summary>
    private const string Readiness = "/readyz";

    private readonly ConcurrentDictionary<string, bool> secrets = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> failures = new();
    private int responses;

    /// <summary>The secrets in the responses.</summary>
    public IReadOnlyCollection<string> Secrets => [.. secrets.Keys];

    /// <summary>Set while a test has stopped the server's storage: then 503 is the expected status.</summary>
    public bool ExpectsStorageAway { get; set; }

    /// <summary>Returns a handler that audits every response and passes it on unchanged.</summary>
    public DelegatingHandler Watch(HttpMessageHandler inner) => new AuditHandler(this, inner);

    /// <summary>Records a secret that was not in an audited response.</summary>
    public void Keep(string secret) => secrets.TryAdd(secret, true);

    /// <summary>Records the secrets in a text of a response: body, header or URL.</summary>
    public void Scan(string text)
    {
        foreach (Match match in SecretIn().Matches(text))
        {
            Keep(match.Groups["secret"].Value);
        }
    }

    /// <summary>Counts a response.</summary>
    public void Count(string method, string path, int status)
    {
        Interlocked.Increment(ref responses);
        var isUnavailable = status == (int)HttpStatusCode.ServiceUnavailable;
        if (status >= 500 && !(isUnavailable && (ExpectsStorageAway || path == Readiness)))
        {
            failures.Enqueue($"{server}: {method} {path} was answered {status}");
        }
    }

    /// <summary>Writes the recorded secrets to a file and removes them, so that a long run measures the server's memory
    /// and not the audit's.</summary>
    public void WriteSecrets()
    {
        var seen = Secrets;
        File.AppendAllLines(Path.Combine(Artifacts.Folder("secrets"), $"{server}.txt"), seen);
        foreach (var secret in seen)
        {
            secrets.TryRemove(secret, out _);
        }
    }

    /// <summary>Writes the secrets and the counts to files.</summary>
    public void Dispose()
    {
        WriteSecrets();
        File.AppendAllLines(Path.Combine(Artifacts.Folder("answers"), $"{server}.txt"), failures.Append($"{responses} answers"));
    }

    // Tokens, codes and secrets by their prefixes; signatures of JWTs; proofs of auth requests;
    // state of a login; form tokens; binding cookies.
    [GeneratedRegex(
        """
        (?<secret>\blk[a-z]_[A-Za-z0-9_.-]{20,})
        |\beyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.(?<secret>[A-Za-z0-9_-]{20,})
        |\breq_[A-Za-z0-9]{22}\.(?<secret>[A-Za-z0-9_-]{43})
        |[?&]state=(?<secret>[A-Za-z0-9_-]{65})(?=&|"|$)
        |name="form_token"\ value="(?<secret>[^"]+)"
        |^(__Host-)?lk-[A-Za-z0-9]{22}=(?<secret>[^;]+)
        """,
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex SecretIn();

    private sealed class AuditHandler(ResponseAudit responseAudit, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            responseAudit.Count(request.Method.Method, request.RequestUri!.AbsolutePath, (int)response.StatusCode);
            foreach (var value in response.Headers.NonValidated.SelectMany(h => h.Value))
            {
                responseAudit.Scan(value);
            }

            if (response.Content.Headers.ContentType?.MediaType is "application/json" or "application/problem+json" or "text/html")
            {
                await response.Content.LoadIntoBufferAsync(cancellationToken);
                responseAudit.Scan(await response.Content.ReadAsStringAsync(cancellationToken));
            }

            return response;
        }
    }
}
