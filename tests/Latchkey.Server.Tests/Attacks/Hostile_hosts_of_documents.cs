using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Latchkey.Server.Network;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>
/// A stranger has hosts with a name server that answers slowly, and names them as hosts of metadata documents. No fetch may occupy what the
/// documents of other hosts need.
/// </summary>
public sealed class Hostile_hosts_of_documents
{
    private static readonly IPAddress Public = IPAddress.Parse("9.9.9.9");

    /// <summary>
    /// The system's resolver cannot be cancelled and occupies a thread. The fetch ends after five seconds, and its place was free again
    /// while the lookup went on, so that a slow name server occupied more and more threads.
    /// </summary>
    [Fact]
    public async Task A_lookup_that_does_not_end_keeps_its_place_until_it_ends()
    {
        var answer = new TaskCompletionSource<IPAddress[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var fetcher = new DocumentFetcher(
            new Settings(), (_, _) => answer.Task, (_, _, _) => throw new SocketException((int)SocketError.ConnectionRefused));
        var slow = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => FetchAsync(fetcher, n)));
        Assert.All(slow, f => Assert.Contains("did not answer", Assert.IsType<Fetch.Failed>(f).Why, StringComparison.Ordinal));
        Assert.IsType<Fetch.Busy>(await FetchAsync(fetcher, 8));

        answer.SetResult([Public]);
        await Eventually.TrueAsync(async () => await FetchAsync(fetcher, 9) is not Fetch.Busy, "the places are still taken");
    }

    /// <summary>
    /// A name server that answers after the fetch has ended made this server reserve a connection that nothing released: eight such answers
    /// with the address of a hosting company refused all clients there until the server was restarted.
    /// </summary>
    [Fact]
    public async Task An_answer_of_a_name_server_that_comes_too_late_reserves_nothing()
    {
        var late = Task.Delay(DocumentFetcher.MaxDuration + TimeSpan.FromSeconds(2));
        using var fetcher = new DocumentFetcher(
            new Settings(),
            async (host, _) =>
            {
                if (host.Contains("slow", StringComparison.Ordinal))
                {
                    await late;
                }

                return [Public];
            },
            (_, _, _) => throw new SocketException((int)SocketError.ConnectionRefused));
        await Task.WhenAll(Enumerable.Range(0, 16).Select(n => FetchAsync(fetcher, n, network: n / 4)));
        await late;
        await Task.Delay(200);
        var innocent = await fetcher.FetchAsync(
            new Uri("https://innocent.example/client"), isListed: false, "198.51.100.9", CancellationToken.None);
        Assert.Equal("The host innocent.example cannot be reached.", Assert.IsType<Fetch.Failed>(innocent).Why);
    }

    /// <summary>
    /// An answer of a name server has room for thousands of addresses, and each was tried: one fetch sent as many packets to third parties.
    /// Only the first one counted against the limit of an address.
    /// </summary>
    [Fact]
    public async Task A_host_with_many_addresses_is_connected_to_at_few_of_them_and_each_counts()
    {
        var shared = IPAddress.Parse("9.9.9.9");
        var lookups = 0;
        var dialled = new ConcurrentQueue<IPAddress[]>();
        var answer = new TaskCompletionSource<Stream>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var fetcher = new DocumentFetcher(
            new Settings(),
            (host, _) => Task.FromResult<IPAddress[]>(host.StartsWith('a')
                ?
                [
                    IPAddress.Parse($"8.8.8.{Interlocked.Increment(ref lookups)}"), shared,
                    .. Enumerable.Range(1, 200).Select(n => IPAddress.Parse($"1.1.1.{n}")),
                    .. Enumerable.Range(1, 200).Select(n => IPAddress.Parse($"2606:4700::{n:x}")),
                ]
                : [shared]),
            (addresses, _, _) =>
            {
                dialled.Enqueue(addresses);
                return answer.Task;
            });
        var parked = Enumerable.Range(0, 8).Select(n => FetchAsync(fetcher, n)).ToList();
        for (var tries = 0; dialled.Count + parked.Count(f => f.IsCompleted) < parked.Count; tries++)
        {
            Assert.InRange(tries, 0, 100);
            await Task.Delay(20);
        }

        Assert.All(dialled, addresses => Assert.InRange(addresses.Length, 1, 4));
        Assert.All(dialled, addresses => Assert.Equal(2, addresses.DistinctBy(a => a.AddressFamily).Count()));
        Assert.Equal(4, dialled.Count);
        Assert.Equal(4, parked.Count(f => f is { IsCompleted: true, Result: Fetch.Busy }));
        var innocent = fetcher.FetchAsync(
            new Uri("https://innocent.example/client"), isListed: false, "198.51.100.9", CancellationToken.None);
        Assert.False(innocent.IsCompleted, "was refused as busy");
        answer.SetException(new SocketException((int)SocketError.ConnectionRefused));
        await Task.WhenAll([.. parked, innocent]);
    }

    private static Task<Fetch> FetchAsync(DocumentFetcher fetcher, int host, int network = 0) => fetcher.FetchAsync(
        new Uri($"https://a.slow{host}.example{host}/client"), isListed: false, $"203.0.113.{network}", CancellationToken.None);
}
