using System.Net.Sockets;
using System.Text;
using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.Network;

/// <summary>A host that accepts at most eight connections.</summary>
public sealed class WithEightConnections : LatchkeyHost
{
    public const int Limit = 8;

    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override Task<Settings> ConfigureAsync(Settings settings) =>
        Task.FromResult(settings with { MaxConnections = Limit });
}

public sealed class Connection_limits(WithEightConnections host) : IClassFixture<WithEightConnections>
{
    [Fact]
    public async Task A_connection_over_the_limit_is_refused_and_one_after_a_close_is_accepted()
    {
        var open = new List<TcpClient>();
        for (var i = 0; i < WithEightConnections.Limit; i++)
        {
            open.Add(await ConnectAcceptedAsync());
        }

        using (var late = await ConnectAsync())
        {
            Assert.Equal("", await RequestAsync(late));
        }

        open[0].Dispose();
        (await ConnectAcceptedAsync()).Dispose();
        open.ForEach(c => c.Dispose());
    }

    /// <summary>Silent connections cost an attacker nothing, so they must not keep out clients that send a request.</summary>
    [Fact]
    public async Task The_connection_that_was_silent_for_longest_is_closed_to_make_room()
    {
        var silent = new List<TcpClient>();
        for (var i = 0; i < 10 * WithEightConnections.Limit; i++)
        {
            silent.Add(await ConnectAsync());
        }

        Assert.Equal(0, await silent[0].GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromMinutes(1)));
        using (var speaking = await ConnectAsync())
        {
            Assert.StartsWith("HTTP/1.1 200", await RequestAsync(speaking), StringComparison.Ordinal);
        }

        silent.ForEach(s => s.Dispose());
    }

    /// <summary>Connects until a request is answered: the server may still count a connection that a test has closed.</summary>
    private async Task<TcpClient> ConnectAcceptedAsync()
    {
        TcpClient? accepted = null;
        await Eventually.TrueAsync(
            async () =>
            {
                var next = await ConnectAsync();
                var response = await RequestAsync(next);
                if (response.Length == 0)
                {
                    next.Dispose();
                    return false;
                }

                Assert.StartsWith("HTTP/1.1 200", response, StringComparison.Ordinal);
                accepted = next;
                return true;
            },
            "no connection is accepted");
        return accepted!;
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", new Uri(host.Address).Port);
        return tcp;
    }

    /// <returns>The beginning of the response, or an empty string when there is none.</returns>
    private static async Task<string> RequestAsync(TcpClient tcp)
    {
        try
        {
            await tcp.GetStream().WriteAsync("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
            var buffer = new byte[4096];
            return Encoding.Latin1.GetString(
                buffer, 0, await tcp.GetStream().ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromMinutes(1)));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
