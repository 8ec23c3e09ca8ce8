using Latchkey.Server.Network;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.ClientMetadata;

/// <summary>
/// A document is the identity of its host, so the host proves itself by TLS. Each refused host serves the same document as the accepted
/// one, and receives no request.
/// </summary>
public sealed class TLS_of_document_hosts : IAsyncLifetime
{
    private readonly string authority = Path.GetTempFileName();
    private ClientHost? trusted;
    private ClientHost? foreign;
    private ClientHost? expired;

    public async ValueTask InitializeAsync()
    {
        trusted = await ClientHost.StartAsync();
        foreign = await ClientHost.StartAsync();
        expired = await ClientHost.StartAsync(isExpired: true);
        await File.WriteAllTextAsync(authority, $"{trusted.AuthorityPem}\n{expired.AuthorityPem}");
    }

    [Theory]
    [InlineData("certificate of the operator's authority", "client.example", true)]
    [InlineData("certificate for another name", "untrusted.example", false)]
    [InlineData("certificate of an unknown authority", "client.example", false)]
    [InlineData("expired certificate", "client.example", false)]
    [InlineData("no authority is configured", "client.example", false)]
    public async Task A_document_is_read_only_from_a_host_with_a_valid_certificate(string what, string host, bool isRead)
    {
        var server = what switch
        {
            "certificate of an unknown authority" => foreign!,
            "expired certificate" => expired!,
            _ => trusted!,
        };
        server.Publish($"{host}/document", new { client_id = $"https://{host}/document" });
        using var fetcher = new DocumentFetcher(new Settings
        {
            CimdHostMap = $"{host}=127.0.0.1:{server.Port}",
            CimdExtraCa = what == "no authority is configured" ? null : authority,
        });

        var fetched = await fetcher.FetchAsync(new Uri($"https://{host}/document"), isListed: false, "203.0.113.1", CancellationToken.None);

        Assert.Equal(isRead, fetched is Fetch.Fetched);
        Assert.Equal(isRead ? 1 : 0, server.FetchesOf($"{host}/document"));
    }

    public async ValueTask DisposeAsync()
    {
        File.Delete(authority);
        await trusted!.DisposeAsync();
        await foreign!.DisposeAsync();
        await expired!.DisposeAsync();
    }
}
