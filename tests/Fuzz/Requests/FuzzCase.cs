using System.Text;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Http;

namespace Fuzz.Requests;

/// <summary>One request of a run: a template and its mutations, both drawn from the run's seed and the number of the case.</summary>
internal sealed record FuzzCase(int Number, RequestTemplate RequestTemplate, IReadOnlyList<Mutation> Mutations)
{
    private static readonly int[] Counts = [0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4];
    private static int documents;

    public static FuzzCase Of(ulong seed, int number, IReadOnlyList<RequestTemplate> templates)
    {
        var random = SeededRandom.ForCase(seed, number);
        var template = random.Pick(templates);
        return new(number, template, [.. Enumerable.Range(0, random.Pick(Counts)).Select(_ => new Mutation(random.Next()))]);
    }

    /// <returns>The request, the outcome, and the error in it, if any.</returns>
    public async Task<FuzzResult> RunAsync(TestData testData, Client client)
    {
        var draft = RequestTemplate.Valid(testData);
        string[] changes = [.. Mutations.Select(m => m.Apply(draft, testData))];
        var page = Publish(draft, testData);
        SignClaims(draft);
        var bytes = draft.Render(new Uri(testData.Host.BaseUrl).Authority);
        var outcome = RequestTemplate.ErrorFormat == ErrorFormat.Grpc
            ? await client.CallAsync(draft)
            : await client.RawConnection.SendAsync(bytes, draft.Method == "HEAD", draft.IsOdd);
        if (page is not null)
        {
            testData.Host.Documents.Publish(page, static http => ClientHost.Status(http, StatusCodes.Status404NotFound));
        }

        return new(changes, bytes, outcome, ResponseCheck.FindError(RequestTemplate, draft, outcome, testData));
    }

    /// <summary>Publishes the metadata document at a new URL and puts the URL into the request.</summary>
    private static string? Publish(RequestDraft draft, TestData testData)
    {
        if (draft.Document is not { } document)
        {
            return null;
        }

        var url = $"https://client.example/cases/{Interlocked.Increment(ref documents)}";
        var bytes = Encoding.UTF8.GetBytes(document.ToJsonString().Replace(testData.Signing.Id, url, StringComparison.Ordinal));
        for (var i = 0; i < draft.Query.Count; i++)
        {
            draft.Query[i] =
                draft.Query[i] with { Value = draft.Query[i].Value.Replace(testData.Signing.Id, url, StringComparison.Ordinal) };
        }

        var page = url["https://".Length..];
        testData.Host.Documents.Publish(page, http =>
        {
            http.Response.ContentType = "application/json";
            return http.Response.Body.WriteAsync(bytes).AsTask();
        });
        return page;
    }

    private static void SignClaims(RequestDraft draft)
    {
        if (draft is { Claims: { } claims, Form: { } form })
        {
            form.Add(new("client_assertion", TestData.Sign(claims.ToJsonString())));
        }
    }
}

/// <summary>The result of a fuzz case.</summary>
/// <param name="Wrong">The error in the response, or null.</param>
internal sealed record FuzzResult(IReadOnlyList<string> Changes, byte[] Request, Outcome Outcome, string? Wrong);

/// <summary>The client of one worker.</summary>
internal sealed class Client(FuzzHost host) : IDisposable
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(2);

    private readonly HttpMessageInvoker calls = new(host.NewHandler());

    public RawConnection RawConnection { get; } = new(new Uri(host.BaseUrl).Port);

    /// <summary>Sends a gRPC call over HTTP/2. A request that the HTTP library cannot send counts as refused.</summary>
    public async Task<Outcome> CallAsync(RequestDraft draft)
    {
        if (!Uri.TryCreate(host.BaseUrl + draft.Target(), UriKind.Absolute, out var target)
            || target.Authority != new Uri(host.BaseUrl).Authority || draft.Method.Length == 0 || !draft.Method.All(char.IsAsciiLetter))
        {
            return new Outcome.Responded(new(400, [], ""));
        }

        using var request = new HttpRequestMessage(new HttpMethod(draft.Method), target)
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(draft.RenderBody() ?? []),
        };
        foreach (var (name, value) in draft.Headers
            .Where(h => h.Name is not ("Content-Length" or "Transfer-Encoding" or "Host" or "Connection" or "Upgrade" or "Expect"))
            .Select(h => (h.Name, h.Value)))
        {
            _ = request.Headers.TryAddWithoutValidation(name, value) || request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        using var limit = new CancellationTokenSource(MaxWait);
        try
        {
            using var response = await calls.SendAsync(request, limit.Token);
            var body = await response.Content.ReadAsStringAsync(limit.Token);
            var headers = response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
                .Concat(response.TrailingHeaders.NonValidated);
            return new Outcome.Responded(new((int)response.StatusCode, [.. headers.Select(h => (h.Key, h.Value.ToString()))], body));
        }
        catch (OperationCanceledException)
        {
            return new Outcome.TimedOut();
        }
        catch (HttpRequestException)
        {
            // A header that the library refuses, or a stream that the server reset.
            return new Outcome.Responded(new(400, [], ""));
        }
    }

    public void Dispose()
    {
        RawConnection.Dispose();
        calls.Dispose();
    }
}
