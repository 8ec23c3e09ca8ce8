using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Latchkey.Server.Grpc.Messages;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.Grpc;

namespace Latchkey.Server.Tests.Network;

/// <summary>A client needs no configuration of its protocol: HTTP/1.1, HTTP/2 and gRPC are recognised on the same port.</summary>
public sealed class Protocols_on_one_cleartext_port(OnSqlite host) : Protocols_on_one_port(host), IClassFixture<OnSqlite>
{
    [Fact]
    public async Task An_HTTP_2_preface_sent_byte_by_byte_is_recognised()
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
    [InlineData("PR", "OPFIND /none HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 404")]
    [InlineData("\u0000\u0001", "garbage\r\n\r\n", "HTTP/1.1 400")]
    public async Task Bytes_that_only_begin_like_an_HTTP_2_preface_are_HTTP_1(string first, string rest, string response)
    {
        using var socket = await ConnectAsync();
        await socket.SendAsync(Encoding.Latin1.GetBytes(first));
        await Task.Delay(30);
        await socket.SendAsync(Encoding.Latin1.GetBytes(rest));

        Assert.StartsWith(response, await ReceiveAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silent_connections_do_not_block_others()
    {
        var silent = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => ConnectAsync()));
        using var response = await Host.Anonymous.GetAsync("/healthz");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
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

/// <summary>The same over TLS, with the development certificate that the server creates for localhost.</summary>
public sealed class Protocols_on_one_TLS_port(OverTls host) : Protocols_on_one_port(host), IClassFixture<OverTls>
{
    [Theory]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("latchkey.example", false)]
    public async Task The_development_certificate_is_trusted_only_for_this_machine(string name, bool isTrusted)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, new Uri(Host.BaseUrl).Port);
        await using var tls = new SslStream(tcp.GetStream());
        var options = new SslClientAuthenticationOptions { TargetHost = name, CertificateChainPolicy = ((OverTls)Host).Trust() };
        var error = await Record.ExceptionAsync(() => tls.AuthenticateAsClientAsync(options));
        Assert.Equal(isTrusted, error is null);
    }

    [Fact]
    public void The_development_authority_is_constrained_to_loopback()
    {
        using var authority = X509CertificateLoader.LoadCertificateFromFile(((OverTls)Host).AuthorityFile);
        var constraints = authority.Extensions["2.5.29.30"];
        Assert.True(constraints?.Critical);
        Assert.Contains("localhost", Encoding.ASCII.GetString(constraints!.RawData), StringComparison.Ordinal);
    }
}

public abstract class Protocols_on_one_port(LatchkeyHost host)
{
    protected LatchkeyHost Host => host;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task HTTP_1_and_HTTP_2_are_answered(string version)
    {
        using var client = host.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/healthz")
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact
        };
        using var response = await client.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, Version.Parse(version)), (response.StatusCode, response.Version));
    }

    [Fact]
    public async Task A_gRPC_call_is_answered()
    {
        using var channel = GrpcChannel.ForAddress(
            host.BaseUrl, new GrpcChannelOptions { HttpHandler = host.NewHandler(), DisposeHttpClient = true });
        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(channel.CreateCallInvoker(), "conn_x", "lri_x", new User()), StatusCode.Unauthenticated,
            "UNAUTHENTICATED");
    }

    [Fact]
    public async Task HTTP_and_gRPC_are_answered_at_the_same_time()
    {
        var company = await host.NewCompanyAsync();
        using var channel = GrpcChannel.ForAddress(
            host.BaseUrl, new GrpcChannelOptions { HttpHandler = host.NewHandler(), DisposeHttpClient = true });
        using var browser = new Browser(host);
        var client = await McpClient.RegisterAsync(company);
        var token = await company.TokenAsync();

        await Parallel.ForAsync(0, 8, async (_, _) =>
        {
            using var own = new Browser(host);
            var redirect = await own.StartAsync(client.Authorize());
            var response = await GrpcCalls.ReportAsync(
                channel.CreateCallInvoker(), company.ConnectionId, redirect.LoginRequestId,
                new User { Sub = "ada", Email = "ada@acme.example" }, token);
            await own.ComeBackAsync($"{company.CallbackPath}?state={redirect.State}&auth_request_id={response.AuthRequestId}");
        });
    }

    [Theory]
    [InlineData("/oauth/token")]
    [InlineData("/keys")]
    public async Task A_stale_bearer_is_ignored_where_none_is_required(string path)
    {
        using var request = new HttpRequestMessage(path == "/keys" ? HttpMethod.Get : HttpMethod.Post, path);
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer stale");
        if (request.Method == HttpMethod.Post)
        {
            request.Content = new FormUrlEncodedContent([
                new("grant_type", "client_credentials"), new("client_id", LatchkeyHost.OperatorId),
                new("client_secret", LatchkeyHost.OperatorSecret)]);
        }

        using var response = await host.Anonymous.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
