using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Latchkey.Server.ScalekitWire.Messages;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.Grpc;

namespace Latchkey.Server.Tests.Ports;

/// <summary>The port of a client that knows nothing in advance: whatever it speaks, it is understood.</summary>
public sealed class One_cleartext_port(OnSqlite host) : One_port(host), IClassFixture<OnSqlite>
{
    [Fact]
    public async Task Waits_for_a_preface_that_comes_byte_by_byte()
    {
        using var socket = await ConnectAsync();
        foreach (var letter in "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray())
        {
            await socket.SendAsync(new[] { letter });
            await Task.Delay(5);
        }

        // A server's connection preface is a SETTINGS frame (RFC 9113 §3.4): length, then type 4.
        var frame = new byte[9];
        await socket.ReceiveAsync(frame);
        Assert.Equal(4, frame[3]);
    }

    [Theory]
    [InlineData("P", "OST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 400")]
    [InlineData("PR", "OPFIND / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 404")]
    [InlineData("\u0000\u0001", "garbage\r\n\r\n", "HTTP/1.1 400")]
    public async Task Takes_for_HTTP_1_what_only_begins_like_a_preface(string first, string rest, string answer)
    {
        using var socket = await ConnectAsync();
        await socket.SendAsync(Encoding.Latin1.GetBytes(first));
        await Task.Delay(30);
        await socket.SendAsync(Encoding.Latin1.GetBytes(rest));

        Assert.StartsWith(answer, await ReceiveAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serves_others_while_connections_say_nothing()
    {
        var silent = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => ConnectAsync()));
        using var answer = await Host.Anybody.GetAsync("/healthz");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        foreach (var socket in silent)
        {
            socket.Dispose();
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(Host.BaseUrl).Port);
        return socket;
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        var buffer = new byte[4096];
        return Encoding.Latin1.GetString(buffer, 0, await socket.ReceiveAsync(buffer));
    }
}

/// <summary>The same over TLS, with the certificate that makes itself for localhost.</summary>
public sealed class One_TLS_port(OverTls host) : One_port(host), IClassFixture<OverTls>
{
    [Theory]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("latchkey.example", false)]
    public async Task Is_trusted_through_its_authority_for_this_machine_and_no_other(string name, bool isTrusted)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, new Uri(Host.BaseUrl).Port);
        await using var tls = new SslStream(tcp.GetStream());
        var options = new SslClientAuthenticationOptions { TargetHost = name, CertificateChainPolicy = ((OverTls)Host).Trust() };
        var error = await Record.ExceptionAsync(() => tls.AuthenticateAsClientAsync(options));
        Assert.Equal(isTrusted, error is null);
    }

    [Fact]
    public void Has_an_authority_that_can_vouch_for_nothing_but_loopback()
    {
        using var authority = X509CertificateLoader.LoadCertificateFromFile(((OverTls)Host).AuthorityFile);
        var constraints = authority.Extensions["2.5.29.30"];
        Assert.True(constraints?.Critical);
        Assert.Contains("localhost", Encoding.ASCII.GetString(constraints!.RawData), StringComparison.Ordinal);
    }
}

public abstract class One_port(LatchkeyHost host)
{
    protected LatchkeyHost Host => host;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Speaks(string version)
    {
        using var client = host.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/healthz") { Version = Version.Parse(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var answer = await client.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, Version.Parse(version)), (answer.StatusCode, answer.Version));
    }

    [Fact]
    public async Task Speaks_gRPC()
    {
        using var channel = GrpcChannel.ForAddress(host.BaseUrl, new GrpcChannelOptions { HttpHandler = host.NewHandler(), DisposeHttpClient = true });
        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(channel.CreateCallInvoker(), "conn_x", "lri_x", new User()), StatusCode.Unauthenticated, "UNAUTHENTICATED");
    }

    [Fact]
    public async Task Speaks_both_at_once()
    {
        var company = await host.NewCompanyAsync();
        using var channel = GrpcChannel.ForAddress(host.BaseUrl, new GrpcChannelOptions { HttpHandler = host.NewHandler(), DisposeHttpClient = true });
        using var browser = new Browser(host);
        var client = await McpClient.RegisterAsync(company);
        var token = await company.TokenAsync();

        await Parallel.ForAsync(0, 8, async (_, _) =>
        {
            using var own = new Browser(host);
            var visit = await own.StartAsync(client.Authorize());
            var answer = await GrpcCalls.ReportAsync(channel.CreateCallInvoker(), company.ConnectionId, visit.LoginRequestId, new User { Sub = "ada", Email = "ada@acme.example" }, token);
            await own.ComeBackAsync($"{company.CallbackPath}?state={visit.State}&auth_request_id={answer.AuthRequestId}");
        });
    }

    [Theory]
    [InlineData("/oauth/token")]
    [InlineData("/keys")]
    public async Task Ignores_a_stale_bearer_where_none_is_asked_for(string path)
    {
        using var request = new HttpRequestMessage(path == "/keys" ? HttpMethod.Get : HttpMethod.Post, path);
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer stale");
        if (request.Method == HttpMethod.Post)
        {
            request.Content = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", LatchkeyHost.OperatorId), new("client_secret", LatchkeyHost.OperatorSecret)]);
        }

        using var answer = await host.Anybody.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
