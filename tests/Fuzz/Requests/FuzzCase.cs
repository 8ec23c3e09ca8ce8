using System.Text;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Http;

namespace Fuzz.Requests;

/// <summary>One request of a run: a template and what is changed about it, both from the run's seed and the fuzzCase's number.</summary>
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

    /// <returns>What was sent, what came, and what is wrong with that (null: nothing).</returns>
    public async Task<FuzzResult> FireAsync(TestData testData, Client client)
    {
        var draft = RequestTemplate.Valid(testData);
        string[] changes = [.. Mutations.Select(m => m.Apply(draft, testData))];
        var page = Publish(draft, testData);
        SignClaims(draft);
        var bytes = draft.Render(new Uri(testData.Host.BaseUrl).Authority);
        var outcome = RequestTemplate.ErrorFormat == ErrorFormat.Grpc ? await client.CallAsync(draft) : await client.RawConnection.SendAsync(bytes, draft.Method == "HEAD", draft.IsOdd);
        if (page is not null)
        {
            testData.Host.Documents.Publish(page, static http => ClientHost.Status(http, StatusCodes.Status404NotFound));
        }

        return new(changes, bytes, outcome, ResponseCheck.WhatIsWrong(RequestTemplate, draft, outcome, testData));
    }

    /// <summary>A document is published at an address nobody fetched before, where the request says it is.</summary>
    private static string? Publish(RequestDraft draft, TestData testData)
    {
        if (draft.Document is not { } document)
        {
            return null;
        }

        var url = $"https://client.example/shots/{Interlocked.Increment(ref documents)}";
        var bytes = Encoding.UTF8.GetBytes(document.ToJsonString().Replace(testData.Signing.Id, url, StringComparison.Ordinal));
        for (var i = 0; i < draft.Query.Count; i++)
        {
            draft.Query[i] = draft.Query[i] with { Value = draft.Query[i].Value.Replace(testData.Signing.Id, url, StringComparison.Ordinal) };
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

/// <summary>What became of a fuzzCase.</summary>
/// <param name="Wrong">Null: nothing.</param>
internal sealed record FuzzResult(IReadOnlyList<string> Changes, byte[] Request, Outcome Outcome, string? Wrong);

/// <summary>What a worker fires with.</summary>
internal sealed class Client(FuzzHost host) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker calls = new(host.NewHandler());

    public RawConnection RawConnection { get; } = new(new Uri(host.BaseUrl).Port);

    /// <summary>A call over HTTP/2, as gRPC wants it. What an HTTP library would not send is not sent.</summary>
    public async Task<Outcome> CallAsync(RequestDraft draft)
    {
        if (!Uri.TryCreate(host.BaseUrl + draft.Target(), UriKind.Absolute, out var target) || target.Authority != new Uri(host.BaseUrl).Authority || draft.Method.Length == 0 || !draft.Method.All(char.IsAsciiLetter))
        {
            return new Outcome.Responded(new(400, [], ""));
        }

        using var request = new HttpRequestMessage(new HttpMethod(draft.Method), target)
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(draft.RenderBody() ?? []),
        };
        foreach (var (name, value) in draft.Headers.Where(h => h.Name is not ("Content-Length" or "Transfer-Encoding" or "Host" or "Connection" or "Upgrade" or "Expect")).Select(h => (h.Name, h.Value)))
        {
            _ = request.Headers.TryAddWithoutValidation(name, value) || request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        using var limit = new CancellationTokenSource(Patience);
        try
        {
            using var response = await calls.SendAsync(request, limit.Token);
            var body = await response.Content.ReadAsStringAsync(limit.Token);
            var headers = response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated).Concat(response.TrailingHeaders.NonValidated);
            return new Outcome.Responded(new((int)response.StatusCode, [.. headers.Select(h => (h.Key, h.Value.ToString()))], body));
        }
        catch (OperationCanceledException)
        {
            return new Outcome.TimedOut();
        }
        catch (HttpRequestException)
        {
            // A header this library refuses, or a stream the server reset.
            return new Outcome.Responded(new(400, [], ""));
        }
    }

    public void Dispose()
    {
        RawConnection.Dispose();
        calls.Dispose();
    }
}
