using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Latchkey.Server.Configuration;
using Latchkey.Server.Management;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Torture.Requests;

/// <summary>Fires shots at a server, in batches: each begins with fresh material and ends with the deletion of what was created, so that the server stays the size it was.</summary>
internal sealed class Barrage(HostUnderFire host, ulong seed)
{
    private const int BatchLength = 500;
    private const int Workers = 6;
    private const int MaxTries = 5;

    private readonly IReadOnlyList<Kind> kinds = Kind.All(host);
    private readonly ConcurrentDictionary<string, int> answers = new(StringComparer.Ordinal);
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private Company? company;
    private Company? stateOnly;

    /// <summary>How often each outcome came, by status.</summary>
    public IReadOnlyDictionary<string, int> Answers => answers;

    public IReadOnlyList<Kind> Kinds => kinds;

    /// <summary>Fires the shots from <paramref name="first"/> on.</summary>
    /// <returns>How many: fewer than <paramref name="count"/> when the time of the run is over.</returns>
    /// <exception cref="Xunit.Sdk.XunitException">An answer was wrong: the message holds the smallest request that still gets one.</exception>
    public async Task<int> FireAsync(int first, int count)
    {
        for (var start = first; start < first + count; start += BatchLength)
        {
            if (watch.Elapsed > Runs.Time)
            {
                return start - first;
            }

            Logbook.Reached($"{start} of {first + count} requests");
            var material = await NewMaterialAsync();
            var failed = await FireBatchAsync(material, start, Math.Min(BatchLength, first + count - start));
            if (failed is not null)
            {
                Assert.Fail(await TellAsync(failed.Value.Shot, failed.Value.Hit));
            }

            await CleanUpAsync();
            host.Witness.PutDown();
        }

        return count;
    }

    /// <summary>
    /// Everything that valid requests are made of. A change that was fired and taken may have ended the company of before: then there is a new one. A machine that
    /// is too busy to answer in the time that a client's document has (five seconds) is asked again: what it was too slow for is nobody's wrong answer.
    /// </summary>
    public async Task<Material> NewMaterialAsync()
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                (company, stateOnly) = (company ?? await host.NewCompanyAsync(), stateOnly ?? await Material.NewStateOnlyAsync(host));
                return await Material.NewAsync(host, company, stateOnly);
            }
            catch (Exception unusable) when (tries < MaxTries && unusable is (Xunit.Sdk.XunitException or KeyNotFoundException or HttpRequestException))
            {
                (company, stateOnly) = (null, null);
            }
        }
    }

    /// <returns>The first shot that got a wrong answer; null: none.</returns>
    private async Task<(Shot Shot, Hit Hit)?> FireBatchAsync(Material material, int start, int count)
    {
        var next = start - 1;
        var failed = new ConcurrentBag<(Shot Shot, Hit Hit)>();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
        {
            using var gun = new Gun(host);
            while (failed.IsEmpty && Interlocked.Increment(ref next) is var number && number < start + count)
            {
                var shot = Shot.Of(seed, number, kinds);
                var hit = await shot.FireAsync(material, gun);
                answers.AddOrUpdate(hit.Outcome is Outcome.Answered { Answer.Status: var status } ? status.ToString() : hit.Outcome.GetType().Name, 1, static (_, n) => n + 1);
                if (hit.Wrong is not null)
                {
                    failed.Add((shot, hit));
                }
            }
        })));
        return failed.IsEmpty ? null : failed.MinBy(f => f.Shot.Number);
    }

    /// <summary>Fires the shot again, each time with fresh material and one change less, and tells of the least that is still answered wrongly.</summary>
    private async Task<string> TellAsync(Shot shot, Hit first)
    {
        using var gun = new Gun(host);
        var hit = await shot.FireAsync(await NewMaterialAsync(), gun);
        if (hit.Wrong is null)
        {
            return $"Not when it was fired again alone; it needs what was fired around it.\n{Describe(shot, first)}";
        }

        for (var i = 0; i < shot.Mutations.Count;)
        {
            var smaller = shot with { Mutations = [.. shot.Mutations.Where((_, at) => at != i)] };
            var again = await smaller.FireAsync(await NewMaterialAsync(), gun);
            (shot, hit, i) = again.Wrong is null ? (shot, hit, i + 1) : (smaller, again, i);
        }

        return Describe(shot, hit);
    }

    private string Describe(Shot shot, Hit hit) =>
        $"""
        {hit.Wrong}
        Again: ./dev torture --seed {seed} --only {shot.Number} -class *Mutated_requests ({host.GetType().Name})
        {shot.Kind} ({shot.Kind.Route}), changed: {string.Join("; ", hit.Changes)}

        {Mutation.Escaped(Encoding.Latin1.GetString(hit.Request.AsSpan(0, Math.Min(hit.Request.Length, 4_000)))).Replace("\\x0d\\x0a", "\n", StringComparison.Ordinal)}

        {(hit.Outcome is Outcome.Answered { Answer: var answer } ? answer.ToString() : hit.Outcome.ToString())}
        """;

    private async Task CleanUpAsync()
    {
        var current = host.Services.GetRequiredService<ConfigurationCache>().Current;
        foreach (var resource in current.Resources.Where(r => r.Id.Value != company!.ResourceId && r.Id.Value != stateOnly!.ResourceId))
        {
            using var answer = await host.TrySendAsync(HttpMethod.Delete, $"/api/v1/resources/{resource.Id}");
        }

        foreach (var client in current.ApiClients.Where(c => c.Id.Value != LatchkeyHost.OperatorId && !(c.Role == ApiRole.Login && c.ConnectionIds.Any(id => id.Value == company!.ConnectionId || id.Value == stateOnly!.ConnectionId))))
        {
            using var answer = await host.TrySendAsync(HttpMethod.Delete, $"/api/v1/clients/{client.Id}");
        }
    }
}
