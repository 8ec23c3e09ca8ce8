using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

public sealed class Pagination_of_lists(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const int Entries = 33;

    public static TheoryData<string, string> Lists => new()
    {
        { "/api/v1/resources", "resources" },
        { "/api/v1/connections", "connections" },
        { "/api/v1/clients", "clients" },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task The_pages_of_a_list_hold_each_entry_once(string path, string member)
    {
        await FillAsync();
        foreach (var size in new[] { "1", "7", "30", "0", "" })
        {
            var seen = new List<string>();
            var token = "";
            do
            {
                var page = await host.SendAsync(HttpMethod.Get, $"{path}?page_size={size}&page_token={token}");
                var ids = page.GetProperty(member).EnumerateArray().Select(IdOf).ToList();
                Assert.InRange(ids.Count, 1, size is "1" or "7" ? int.Parse(size, System.Globalization.CultureInfo.InvariantCulture) : 30);
                Assert.InRange(page.GetProperty("total_size").GetInt32(), Entries, 200);
                seen.AddRange(ids);
                token = page.GetProperty("next_page_token").GetString()!;
            }
            while (token.Length > 0);

            Assert.Equal(seen.Count, seen.Distinct(StringComparer.Ordinal).Count());
            Assert.InRange(seen.Count, Entries, 200);
        }
    }

    [Theory]
    [InlineData("page_size=-1", "page_size")]
    [InlineData("page_size=31", "page_size")]
    [InlineData("page_size=1.5", "page_size")]
    [InlineData("page_size=1e1", "page_size")]
    [InlineData("page_size=%2B1", "page_size")]
    [InlineData("page_size=all", "page_size")]
    [InlineData("page_size=99999999999999999999", "page_size")]
    [InlineData("page_size=5&page_size=5", "page_size")]
    [InlineData("page_size=%FF", "page_size")]
    [InlineData("page_token=x", "page_token")]
    [InlineData("page_token=res_0000000000000000000000", "page_token")]
    [InlineData("page_token=%00", "page_token")]
    [InlineData("page_token=x&page_token=y", "page_token")]
    public async Task An_invalid_page_size_or_page_token_is_400(string query, string member)
    {
        foreach (var (path, _) in new[] { ("/api/v1/resources", 0), ("/api/v1/connections", 0), ("/api/v1/clients", 0) })
        {
            await Expect.ProblemAsync(await host.TrySendAsync(HttpMethod.Get, $"{path}?{query}"), 400, "invalid_argument", member);
        }
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task Lists_and_responses_with_secrets_are_sent_with_no_store(string path, string member)
    {
        using var list = await host.TrySendAsync(HttpMethod.Get, path);
        Assert.True(list.Headers.CacheControl?.NoStore);
        Assert.Equal("application/json", list.Content.Headers.ContentType?.ToString());

        var company = await host.CompanyAsync();
        using var created = member == "clients"
            ? await host.TrySendAsync(HttpMethod.Post, path, new { name = "n", role = "read-only" })
            : await host.TrySendAsync(HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients", new { name = "n" });
        Assert.Equal(201, (int)created.StatusCode);
        Assert.Contains("plain_secret", await created.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.True(created.Headers.CacheControl?.NoStore, "a response with a secret may be cached");
    }

    private async Task FillAsync()
    {
        var there = (await host.SendAsync(HttpMethod.Get, "/api/v1/connections")).GetProperty("total_size").GetInt32();
        for (var i = there; i < Entries; i++)
        {
            await host.NewCompanyAsync();
        }
    }

    private static string IdOf(JsonElement entry) =>
        entry.TryGetProperty("id", out var id) ? id.GetString()! : entry.GetProperty("client_id").GetString()!;
}
