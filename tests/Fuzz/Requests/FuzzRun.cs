using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Fuzz.Requests;

/// <summary>Sends fuzz cases to a server in batches. Each batch begins with new test data and ends with the deletion of the created
/// objects, so that the server does not grow.</summary>
internal sealed class FuzzRun(FuzzHost host, ulong seed)
{
    private const int BatchLength = 500;
    private const int Workers = 6;
    private const int MaxTries = 5;

    private readonly IReadOnlyList<RequestTemplate> templates = RequestTemplate.All(host);
    private readonly ConcurrentDictionary<string, int> responses = new(StringComparer.Ordinal);
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private Company? company;
    private Company? stateOnly;

    /// <summary>The number of responses by status.</summary>
    public IReadOnlyDictionary<string, int> Responses => responses;

    public IReadOnlyList<RequestTemplate> Templates => templates;

    /// <summary>Sends the fuzz cases from number <paramref name="first"/> on.</summary>
    /// <returns>The number of sent cases: fewer than <paramref name="count"/> if the time of the run is over.</returns>
    /// <exception cref="Xunit.Sdk.XunitException">A response was wrong. The message has the smallest request that still fails.</exception>
    public async Task<int> RunAsync(int first, int count)
    {
        for (var start = first; start < first + count; start += BatchLength)
        {
            if (watch.Elapsed > RunOptions.Time)
            {
                return start - first;
            }

            RunReport.Progress($"{start} of {first + count} requests");
            var testData = await NewTestDataAsync();
            var failed = await RunBatchAsync(testData, start, Math.Min(BatchLength, first + count - start));
            if (failed is not null)
            {
                Assert.Fail(await ReportAsync(failed.Value.FuzzCase, failed.Value.FuzzResult));
            }

            await CleanUpAsync();
            host.ResponseAudit.WriteSecrets();
        }

        return count;
    }

    /// <summary>
    /// Creates the data of valid requests. A mutated request may have changed the company's data so that it cannot be used any more: then a
    /// new company is created. On a busy machine the fetch of a client's document can time out (five seconds), so the creation is retried.
    /// </summary>
    public async Task<TestData> NewTestDataAsync()
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                (company, stateOnly) = (company ?? await host.NewCompanyAsync(), stateOnly ?? await TestData.NewStateOnlyAsync(host));
                return await TestData.NewAsync(host, company, stateOnly);
            }
            catch (Exception unusable)
                when (tries < MaxTries && unusable is (Xunit.Sdk.XunitException or KeyNotFoundException or HttpRequestException))
            {
                (company, stateOnly) = (null, null);
            }
        }
    }

    /// <returns>The first case with a wrong response, or null.</returns>
    private async Task<(FuzzCase FuzzCase, FuzzResult FuzzResult)?> RunBatchAsync(TestData testData, int start, int count)
    {
        var next = start - 1;
        var failed = new ConcurrentBag<(FuzzCase FuzzCase, FuzzResult FuzzResult)>();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
        {
            using var client = new Client(host);
            while (failed.IsEmpty && Interlocked.Increment(ref next) is var number && number < start + count)
            {
                var fuzzCase = FuzzCase.Of(seed, number, templates);
                var result = await fuzzCase.RunAsync(testData, client);
                responses.AddOrUpdate(
                    result.Outcome is Outcome.Responded { Response.Status: var status } ? status.ToString() : result.Outcome.GetType().Name,
                    1,
                    static (_, n) => n + 1);
                if (result.Wrong is not null)
                {
                    failed.Add((fuzzCase, result));
                }
            }
        })));
        return failed.IsEmpty ? null : failed.MinBy(f => f.FuzzCase.Number);
    }

    /// <summary>Repeats the case with new test data and ever fewer mutations, and describes the smallest one that still fails.</summary>
    private async Task<string> ReportAsync(FuzzCase fuzzCase, FuzzResult first)
    {
        using var client = new Client(host);
        var result = await fuzzCase.RunAsync(await NewTestDataAsync(), client);
        if (result.Wrong is null)
        {
            return $"The case does not fail alone: it depends on concurrent requests.\n{Describe(fuzzCase, first)}";
        }

        for (var i = 0; i < fuzzCase.Mutations.Count;)
        {
            var smaller = fuzzCase with { Mutations = [.. fuzzCase.Mutations.Where((_, at) => at != i)] };
            var again = await smaller.RunAsync(await NewTestDataAsync(), client);
            (fuzzCase, result, i) = again.Wrong is null ? (fuzzCase, result, i + 1) : (smaller, again, i);
        }

        return Describe(fuzzCase, result);
    }

    private string Describe(FuzzCase fuzzCase, FuzzResult result) =>
        $"""
        {result.Wrong}
        Reproduce: ./dev torture --seed {seed} --only {fuzzCase.Number} -class *Mutated_requests ({host.GetType().Name})
        {fuzzCase.RequestTemplate} ({fuzzCase.RequestTemplate.Route}), changed: {string.Join("; ", result.Changes)}

        {Shown(result.Request)}

        {(result.Outcome is Outcome.Responded { Response: var response } ? response.ToString() : result.Outcome.ToString())}
        """;

    private static string Shown(byte[] request) =>
        Mutation.Escaped(Encoding.Latin1.GetString(request.AsSpan(0, Math.Min(request.Length, 4_000))))
            .Replace("\\x0d\\x0a", "\n", StringComparison.Ordinal);

    private async Task CleanUpAsync()
    {
        var current = host.Services.GetRequiredService<ConfigurationCache>().Current;
        foreach (var resource in current.Resources.Where(r => r.Id.Value != company!.ResourceId && r.Id.Value != stateOnly!.ResourceId))
        {
            using var response = await host.TrySendAsync(HttpMethod.Delete, $"/api/v1/resources/{resource.Id}");
        }

        foreach (var client in current.ApiClients.Where(c => c.Id.Value != LatchkeyHost.OperatorId && !(c.Role == ApiRole.Login
            && c.ConnectionIds.Any(id => id.Value == company!.ConnectionId || id.Value == stateOnly!.ConnectionId))))
        {
            using var response = await host.TrySendAsync(HttpMethod.Delete, $"/api/v1/clients/{client.Id}");
        }
    }
}
