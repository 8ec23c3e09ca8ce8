using System.Text;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Http;

namespace Torture.Requests;

/// <summary>One request of a run: a kind and what is changed about it, both from the run's seed and the shot's number.</summary>
internal sealed record Shot(int Number, Kind Kind, IReadOnlyList<Mutation> Mutations)
{
    private static readonly int[] Counts = [0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4];
    private static int documents;

    public static Shot Of(ulong seed, int number, IReadOnlyList<Kind> kinds)
    {
        var dice = Dice.Of(seed, number);
        var kind = dice.Of(kinds);
        return new(number, kind, [.. Enumerable.Range(0, dice.Of(Counts)).Select(_ => new Mutation(dice.Next()))]);
    }

    /// <returns>What was sent, what came, and what is wrong with that (null: nothing).</returns>
    public async Task<Hit> FireAsync(Material material, Gun gun)
    {
        var draft = Kind.Valid(material);
        string[] changes = [.. Mutations.Select(m => m.Apply(draft, material))];
        var page = Publish(draft, material);
        SignClaims(draft);
        var bytes = draft.Render(new Uri(material.Host.BaseUrl).Authority);
        var outcome = Kind.Family == Family.Grpc ? await gun.CallAsync(draft) : await gun.Line.SendAsync(bytes, draft.Method == "HEAD", draft.IsOdd);
        if (page is not null)
        {
            material.Host.Documents.Publish(page, static http => ClientHost.Status(http, StatusCodes.Status404NotFound));
        }

        return new(changes, bytes, outcome, Verdict.WhatIsWrong(Kind, draft, outcome, material));
    }

    /// <summary>A document is published at an address nobody fetched before, where the request says it is.</summary>
    private static string? Publish(Draft draft, Material material)
    {
        if (draft.Document is not { } document)
        {
            return null;
        }

        var url = $"https://client.example/shots/{Interlocked.Increment(ref documents)}";
        var bytes = Encoding.UTF8.GetBytes(document.ToJsonString().Replace(material.Signing.Id, url, StringComparison.Ordinal));
        for (var i = 0; i < draft.Query.Count; i++)
        {
            draft.Query[i] = draft.Query[i] with { Value = draft.Query[i].Value.Replace(material.Signing.Id, url, StringComparison.Ordinal) };
        }

        var page = url["https://".Length..];
        material.Host.Documents.Publish(page, http =>
        {
            http.Response.ContentType = "application/json";
            return http.Response.Body.WriteAsync(bytes).AsTask();
        });
        return page;
    }

    private static void SignClaims(Draft draft)
    {
        if (draft is { Claims: { } claims, Form: { } form })
        {
            form.Add(new("client_assertion", Material.Sign(claims.ToJsonString())));
        }
    }
}

/// <summary>What became of a shot.</summary>
/// <param name="Wrong">Null: nothing.</param>
internal sealed record Hit(IReadOnlyList<string> Changes, byte[] Request, Outcome Outcome, string? Wrong);

/// <summary>What a worker fires with.</summary>
internal sealed class Gun(HostUnderFire host) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker calls = new(host.NewHandler());

    public Line Line { get; } = new(new Uri(host.BaseUrl).Port);

    /// <summary>A call over HTTP/2, as gRPC wants it. What an HTTP library would not send is not sent.</summary>
    public async Task<Outcome> CallAsync(Draft draft)
    {
        if (!Uri.TryCreate(host.BaseUrl + draft.Target(), UriKind.Absolute, out var target) || target.Authority != new Uri(host.BaseUrl).Authority || draft.Method.Length == 0 || !draft.Method.All(char.IsAsciiLetter))
        {
            return new Outcome.Answered(new(400, [], ""));
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
            using var answer = await calls.SendAsync(request, limit.Token);
            var body = await answer.Content.ReadAsStringAsync(limit.Token);
            var headers = answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated).Concat(answer.TrailingHeaders.NonValidated);
            return new Outcome.Answered(new((int)answer.StatusCode, [.. headers.Select(h => (h.Key, h.Value.ToString()))], body));
        }
        catch (OperationCanceledException)
        {
            return new Outcome.Silent();
        }
        catch (HttpRequestException)
        {
            // A header this library refuses, or a stream the server reset.
            return new Outcome.Answered(new(400, [], ""));
        }
    }

    public void Dispose()
    {
        Line.Dispose();
        calls.Dispose();
    }
}
