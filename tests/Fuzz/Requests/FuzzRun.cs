using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Latchkey.Server.Configuration;
using Latchkey.Server.Management;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Fuzz.Requests;

/// <summary>Fires shots at a server, in batches: each begins with fresh testData and ends with the deletion of what was created, so that the server stays the size it was.</summary>
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

    /// <summary>How often each outcome came, by status.</summary>
    public IReadOnlyDictionary<string, int> Responses => responses;

    public IReadOnlyList<RequestTemplate> Templates => templates;

    /// <summary>Fires the shots from <paramref name="first"/> on.</summary>
    /// <returns>How many: fewer than <paramref name="count"/> when the time of the run is over.</returns>
    /// <exception cref="Xunit.Sdk.XunitException">An response was wrong: the message holds the smallest request that still gets one.</exception>
    public async Task<int> FireAsync(int first, int count)
    {
        for (var start = first; start < first + count; start += BatchLength)
        {
            if (watch.Elapsed > RunOptions.Time)
            {
                return start - first;
            }

            RunReport.Reached($"{start} of {first + count} requests");
            var testData = await NewTestDataAsync();
            var failed = await FireBatchAsync(testData, start, Math.Min(BatchLength, first + count - start));
            if (failed is not null)
            {
                Assert.Fail(await TellAsync(failed.Value.FuzzCase, failed.Value.FuzzResult));
            }

            await CleanUpAsync();
            host.ResponseAudit.WriteSecrets();
        }

        return count;
    }

    /// <summary>
    /// Everything that valid requests are made of. A change that was fired and taken may have ended the company of before: then there is a new one. A machine that
    /// is too busy to response in the time that a client's document has (five seconds) is asked again: what it was too slow for is nobody's wrong response.
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
            catch (Exception unusable) when (tries < MaxTries && unusable is (Xunit.Sdk.XunitException or KeyNotFoundException or HttpRequestException))
            {
                (company, stateOnly) = (null, null);
            }
        }
    }

    /// <returns>The first fuzzCase that got a wrong response; null: none.</returns>
    private async Task<(FuzzCase FuzzCase, FuzzResult FuzzResult)?> FireBatchAsync(TestData testData, int start, int count)
    {
        var next = start - 1;
        var failed = new ConcurrentBag<(FuzzCase FuzzCase, FuzzResult FuzzResult)>();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
        {
            using var client = new Client(host);
            while (failed.IsEmpty && Interlocked.Increment(ref next) is var number && number < start + count)
            {
                var fuzzCase = FuzzCase.Of(seed, number, templates);
                var result = await fuzzCase.FireAsync(testData, client);
                responses.AddOrUpdate(result.Outcome is Outcome.Responded { Response.Status: var status } ? status.ToString() : result.Outcome.GetType().Name, 1, static (_, n) => n + 1);
                if (result.Wrong is not null)
                {
                    failed.Add((fuzzCase, result));
                }
            }
        })));
        return failed.IsEmpty ? null : failed.MinBy(f => f.FuzzCase.Number);
    }

    /// <summary>Fires the fuzzCase again, each time with fresh testData and one change less, and tells of the least that is still answered wrongly.</summary>
    private async Task<string> TellAsync(FuzzCase fuzzCase, FuzzResult first)
    {
        using var client = new Client(host);
        var result = await fuzzCase.FireAsync(await NewTestDataAsync(), client);
        if (result.Wrong is null)
        {
            return $"Not when it was fired again alone; it needs what was fired around it.\n{Describe(fuzzCase, first)}";
        }

        for (var i = 0; i < fuzzCase.Mutations.Count;)
        {
            var smaller = fuzzCase with { Mutations = [.. fuzzCase.Mutations.Where((_, at) => at != i)] };
            var again = await smaller.FireAsync(await NewTestDataAsync(), client);
            (fuzzCase, result, i) = again.Wrong is null ? (fuzzCase, result, i + 1) : (smaller, again, i);
        }

        return Describe(fuzzCase, result);
    }

    private string Describe(FuzzCase fuzzCase, FuzzResult result) =>
        $"""
        {result.Wrong}
        Again: ./dev torture --seed {seed} --only {fuzzCase.Number} -class *Mutated_requests ({host.GetType().Name})
        {fuzzCase.RequestTemplate} ({fuzzCase.RequestTemplate.Route}), changed: {string.Join("; ", result.Changes)}

        {Mutation.Escaped(Encoding.Latin1.GetString(result.Request.AsSpan(0, Math.Min(result.Request.Length, 4_000)))).Replace("\\x0d\\x0a", "\n", StringComparison.Ordinal)}

        {(result.Outcome is Outcome.Responded { Response: var response } ? response.ToString() : result.Outcome.ToString())}
        """;

    private async Task CleanUpAsync()
    {
        var current = host.Parts.GetRequiredService<ConfigurationCache>().Current;
        foreach (var resource in current.Resources.Where(r => r.Id.Value != company!.ResourceId && r.Id.Value != stateOnly!.ResourceId))
        {
            using var response = await host.TrySendAsync(HttpMethod.Delete, $"/api/v1/resources/{resource.Id}");
        }

        foreach (var client in current.ApiClients.Where(c => c.Id.Value != LatchkeyHost.OperatorId && !(c.Role == ApiRole.Login && c.ConnectionIds.Any(id => id.Value == company!.ConnectionId || id.Value == stateOnly!.ConnectionId))))
        {
            using var response = await host.TrySendAsync(HttpMethod.Delete, $"/api/v1/clients/{client.Id}");
        }
    }
}
