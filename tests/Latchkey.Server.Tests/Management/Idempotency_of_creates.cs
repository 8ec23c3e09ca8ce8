using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Storage;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Management;

public sealed class Idempotency_of_creates_on_SQLite(OnSqlite host) : Idempotency_of_creates(host), IClassFixture<OnSqlite>;

public sealed class Idempotency_of_creates_on_PostgreSQL(OnPostgres host) : Idempotency_of_creates(host), IClassFixture<OnPostgres>;

/// <summary><c>Idempotency-Key</c>: a caller whose connection broke before the response arrived repeats its request.</summary>
public abstract class Idempotency_of_creates(LatchkeyHost host)
{
    private static int keys;

    public static TheoryData<string> Creates =>
        ["resource", "connection", "client", "organization client", "API client", "secret", "initial access token"];

    [Theory]
    [MemberData(nameof(Creates))]
    public async Task A_repeated_create_with_the_same_key_gets_the_same_response_including_the_secret(string kind)
    {
        var (path, body) = await CreateAsync(kind);
        var key = NewKey();
        using var first = await PostAsync(path, body, key);
        using var again = await PostAsync(path, body, key);
        var text = await first.Content.ReadAsStringAsync();

        Assert.True(first.IsSuccessStatusCode, text);
        Assert.Equal(
            (first.StatusCode, text, first.Headers.ETag), (again.StatusCode, await again.Content.ReadAsStringAsync(), again.Headers.ETag));
        Assert.Equal("application/json", again.Content.Headers.ContentType?.ToString());
        Assert.True(again.Headers.CacheControl?.NoStore, "a response with a secret may be cached");
        Assert.False(first.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal("true", Assert.Single(again.Headers.GetValues("Idempotent-Replayed")));
        Assert.Equal(kind is not ("resource" or "connection"), text.Contains("\"plain_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_key_with_another_body_path_or_query_is_422()
    {
        var company = await host.CompanyAsync();
        var key = NewKey();
        using (await PostAsync("/api/v1/clients", new { name = "one", role = "read-only" }, key))
        {
            await Expect.ProblemAsync(
                await PostAsync("/api/v1/clients", new { name = "two", role = "read-only" }, key), 422, "idempotency_key_reused");
            await Expect.ProblemAsync(
                await PostAsync($"/api/v1/resources/{company.ResourceId}/clients", new { name = "one", role = "read-only" }, key),
                422,
                "idempotency_key_reused");
            await Expect.ProblemAsync(
                await PostAsync("/api/v1/clients?x=1", new { name = "one", role = "read-only" }, key), 422, "idempotency_key_reused");
        }
    }

    [Fact]
    public async Task The_same_key_of_another_caller_is_a_new_create()
    {
        var made = await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "other", role = "management" });
        var token = await host.ManagementTokenAsync(
            made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString()!);
        var key = NewKey();
        using var mine = await PostAsync("/api/v1/clients", new { name = "n", role = "read-only" }, key);
        using var theirs = await PostAsync("/api/v1/clients", new { name = "n", role = "read-only" }, key, token);

        Assert.Equal(201, (int)theirs.StatusCode);
        Assert.NotEqual(await mine.Content.ReadAsStringAsync(), await theirs.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task After_an_error_the_same_key_is_accepted_with_a_corrected_body()
    {
        var key = NewKey();
        await Expect.ProblemAsync(
            await PostAsync("/api/v1/clients", new { name = "n", role = "boss" }, key), 400, "invalid_argument", "role");
        using var mended = await PostAsync("/api/v1/clients", new { name = "n", role = "read-only" }, key);

        Assert.Equal(201, (int)mended.StatusCode);
    }

    [Fact]
    public async Task A_key_expires_after_a_day()
    {
        var key = NewKey();
        using var first = await PostAsync("/api/v1/clients", new { name = "n", role = "read-only" }, key);
        host.Clock.Advance(TimeSpan.FromHours(23.9));
        using var kept = await PostAsync("/api/v1/clients", new { name = "n", role = "read-only" }, key);
        host.Clock.Advance(TimeSpan.FromHours(0.2));
        using var later = await PostAsync("/api/v1/clients", new { name = "n", role = "read-only" }, key);

        Assert.Equal(await first.Content.ReadAsStringAsync(), await kept.Content.ReadAsStringAsync());
        Assert.NotEqual(await first.Content.ReadAsStringAsync(), await later.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Sixteen_concurrent_creates_with_one_key_create_one_client()
    {
        var key = NewKey();
        var name = $"racing {key}";
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(_ => PostAsync("/api/v1/clients", new { name, role = "read-only" }, key)));
        var made = new HashSet<string>(StringComparer.Ordinal);
        foreach (var answer in answers)
        {
            if (answer.IsSuccessStatusCode)
            {
                made.Add(await answer.Content.ReadAsStringAsync());
                answer.Dispose();
            }
            else
            {
                await Expect.ProblemAsync(answer, 409, "idempotency_key_in_use");
            }
        }

        Assert.Single(made);
        Assert.Equal(1, await CountAsync(name));
    }

    /// <summary>The database and its backups hold no secret in plain text.</summary>
    [Fact]
    public async Task Keys_and_stored_responses_are_not_readable_in_the_database()
    {
        var key = NewKey();
        using var made = await PostAsync("/api/v1/clients", new { name = "n", role = "read-only" }, key);
        var secret = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("plain_secret").GetString()!;
        var stored = await host.Services.GetRequiredService<IDatabase>().ReadAsync(
            "SELECT hash, request, answer FROM idempotent_answers",
            SqlValues.None,
            static reader =>
            {
                var all = new StringBuilder();
                while (reader.Read())
                {
                    all.Append(string.Concat(Enumerable.Range(0, 3).Where(i => !reader.IsDBNull(i))
                        .Select(i => Encoding.Latin1.GetString((byte[])reader.GetValue(i)))));
                }

                return all.ToString();
            },
            CancellationToken.None);

        Assert.NotEmpty(stored);
        Assert.DoesNotContain(secret, stored, StringComparison.Ordinal);
        Assert.DoesNotContain(key, stored, StringComparison.Ordinal);
        Assert.DoesNotContain("client_id", stored, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{256}")]
    [InlineData("a\tb")]
    public async Task An_invalid_Idempotency_Key_is_400_and_creates_nothing(string key)
    {
        var name = $"keyless {NewKey()}";
        await Expect.ProblemAsync(
            await PostAsync("/api/v1/clients", new { name, role = "read-only" }, key == "{256}" ? new string('k', 256) : key), 400,
            "invalid_argument", "Idempotency-Key");
        Assert.Equal(0, await CountAsync(name));
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_413_and_leaves_the_key_unused()
    {
        var (key, body) = (NewKey(), new { name = new string('n', 300_000), role = "read-only" });
        await Expect.ProblemAsync(await PostAsync("/api/v1/clients", body, key), 413, "too_large");
        using var small = await PostAsync("/api/v1/clients", new { name = "n", role = "read-only" }, key);
        Assert.Equal(201, (int)small.StatusCode);
    }

    private static string NewKey() => $"key-{Interlocked.Increment(ref keys)}";

    private async Task<int> CountAsync(string name)
    {
        var (count, token) = (0, "");
        do
        {
            var page = await host.SendAsync(HttpMethod.Get, $"/api/v1/clients?page_token={token}");
            count += page.GetProperty("clients").EnumerateArray().Count(c => c.GetProperty("name").GetString() == name);
            token = page.GetProperty("next_page_token").GetString()!;
        }
        while (token.Length > 0);
        return count;
    }

    private async Task<(string Path, object Body)> CreateAsync(string kind)
    {
        var company = await host.CompanyAsync();
        return kind switch
        {
            "resource" => ("/api/v1/resources", new { name = "n", resource_uri = $"https://{NewKey()}.example/mcp" }),
            "connection" => ($"/api/v1/resources/{await ResourceWithoutConnectionAsync()}/connections",
                new { login_url = "https://app.example/login" }),
            "client" => ($"/api/v1/resources/{company.ResourceId}/clients", new { name = "n" }),
            "organization client" => ("/api/v1/organizations/acme/clients", new { name = "n", audience = new[] { company.ResourceId } }),
            "API client" => ("/api/v1/clients", new { name = "n", role = "read-only" }),
            "initial access token" => ($"/api/v1/resources/{company.ResourceId}/initial-access-tokens", new { name = "n" }),
            _ => ($"/api/v1/resources/{company.ResourceId}/clients/{(await McpClient.CreateAsync(company)).Id}/secrets", new { }),
        };
    }

    private async Task<string> ResourceWithoutConnectionAsync()
    {
        var made = await host.SendAsync(
            HttpMethod.Post, "/api/v1/resources", new { name = "Bare", resource_uri = $"https://{NewKey()}.example/mcp" });
        return made.GetProperty("resource").GetProperty("id").GetString()!;
    }

    private async Task<HttpResponseMessage> PostAsync(string path, object body, string key, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new("Bearer", token ?? await host.OperatorTokenAsync());
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return await host.Anonymous.SendAsync(request);
    }
}
