using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

public sealed class Client_secrets_on_SQLite(OnSqlite host) : Client_secrets(host), IClassFixture<OnSqlite>;

public sealed class Client_secrets_on_PostgreSQL(OnPostgres host) : Client_secrets(host), IClassFixture<OnPostgres>;

/// <summary>Secrets of OAuth clients and of API clients.</summary>
public abstract class Client_secrets(LatchkeyHost host)
{
    public static TheoryData<bool> BothKinds => [true, false];

    [Theory]
    [MemberData(nameof(BothKinds))]
    public async Task Secrets_are_shown_once_and_several_are_valid_at_a_time(bool isApiClient)
    {
        var (path, id, first) = await NewClientAsync(isApiClient);
        var added = await host.SendAsync(HttpMethod.Post, path + "/secrets");
        var second = added.GetProperty("plain_secret").GetString()!;

        Assert.EndsWith(added.GetProperty("secret").GetProperty("secret_suffix").GetString()!, second, StringComparison.Ordinal);
        Assert.True(await WorksAsync(isApiClient, id, first) && await WorksAsync(isApiClient, id, second));
        var shown = (await host.SendAsync(HttpMethod.Get, path)).GetRawText();
        Assert.DoesNotContain(second, shown, StringComparison.Ordinal);
        Assert.DoesNotContain("plain_secret", shown, StringComparison.Ordinal);
        Assert.Equal(2, (await SecretsAsync(path)).Count);
    }

    [Theory]
    [MemberData(nameof(BothKinds))]
    public async Task A_client_has_at_most_five_secrets(bool isApiClient)
    {
        var (path, id, first) = await NewClientAsync(isApiClient);
        for (var i = 0; i < 4; i++)
        {
            await host.SendAsync(HttpMethod.Post, path + "/secrets", new { });
        }

        await Expect.ProblemAsync(await host.TrySendAsync(HttpMethod.Post, path + "/secrets"), 409, "too_many_secrets");
        await host.SendAsync(HttpMethod.Delete, $"{path}/secrets/{(await SecretsAsync(path))[0].GetProperty("id").GetString()}");
        Assert.False(await WorksAsync(isApiClient, id, first), "a deleted secret still works");
        await host.SendAsync(HttpMethod.Post, path + "/secrets");
    }

    [Theory]
    [MemberData(nameof(BothKinds))]
    public async Task A_secret_expires_at_its_expire_time_and_not_before(bool isApiClient)
    {
        var (path, id, first) = await NewClientAsync(isApiClient);
        var secret = (await SecretsAsync(path))[0].GetProperty("id").GetString();
        var end = host.Clock.GetUtcNow().AddMinutes(10);
        var changed = await host.SendAsync(HttpMethod.Patch, $"{path}/secrets/{secret}", new { expire_time = end });
        Assert.Equal(end, changed.GetProperty("secret").GetProperty("expire_time").GetDateTimeOffset());

        host.Clock.Advance(TimeSpan.FromMinutes(9));
        Assert.True(await WorksAsync(isApiClient, id, first), "the secret expired too early");
        host.Clock.Advance(TimeSpan.FromMinutes(1.1));
        Assert.False(await WorksAsync(isApiClient, id, first), "the secret is valid after its expire_time");
        await host.SendAsync(HttpMethod.Put, $"{path}/secrets/{secret}", new { expire_time = (string?)null });
        Assert.True(await WorksAsync(isApiClient, id, first), "a removed expire_time still applies");
    }

    [Theory]
    [MemberData(nameof(BothKinds))]
    public async Task After_a_rotation_the_former_secret_stays_valid_for_the_overlap(bool isApiClient)
    {
        var (path, id, first) = await NewClientAsync(isApiClient);
        var second = (await host.SendAsync(HttpMethod.Post, path + "/secrets", new { overlap = 600 }))
            .GetProperty("plain_secret").GetString()!;

        host.Clock.Advance(TimeSpan.FromMinutes(9));
        Assert.True(await WorksAsync(isApiClient, id, first) && await WorksAsync(isApiClient, id, second));
        host.Clock.Advance(TimeSpan.FromMinutes(1.1));
        Assert.False(await WorksAsync(isApiClient, id, first), "the former secret is valid after the overlap");
        Assert.True(await WorksAsync(isApiClient, id, second));
    }

    [Theory]
    [MemberData(nameof(BothKinds))]
    public async Task A_secret_can_be_deactivated_and_reactivated(bool isApiClient)
    {
        var (path, id, first) = await NewClientAsync(isApiClient);
        var secret = (await SecretsAsync(path))[0].GetProperty("id").GetString();

        Assert.Equal(
            "INACTIVE",
            (await host.SendAsync(HttpMethod.Patch, $"{path}/secrets/{secret}", new { status = "INACTIVE" })).GetProperty("secret")
                .GetProperty("status").GetString());
        Assert.False(await WorksAsync(isApiClient, id, first), "an inactive secret still works");
        await host.SendAsync(HttpMethod.Patch, $"{path}/secrets/{secret}", new { status = "ACTIVE" });
        Assert.True(await WorksAsync(isApiClient, id, first));
    }

    [Theory]
    [MemberData(nameof(BothKinds))]
    public async Task The_last_use_of_a_secret_is_recorded_to_the_hour(bool isApiClient)
    {
        var (path, id, first) = await NewClientAsync(isApiClient);
        Assert.False((await SecretsAsync(path))[0].TryGetProperty("last_used_time", out _));
        await host.SendAsync(HttpMethod.Post, path + "/secrets");
        var now = host.Clock.GetUtcNow();
        Assert.True(await WorksAsync(isApiClient, id, first));
        var used = (await SecretsAsync(path))[0].GetProperty("last_used_time").GetDateTimeOffset();
        Assert.InRange(used, now.AddSeconds(-1), now.AddMinutes(10));

        host.Clock.Advance(TimeSpan.FromMinutes(30));
        Assert.True(await WorksAsync(isApiClient, id, first));
        Assert.Equal(used, (await SecretsAsync(path))[0].GetProperty("last_used_time").GetDateTimeOffset());
        host.Clock.Advance(TimeSpan.FromMinutes(31));
        Assert.True(await WorksAsync(isApiClient, id, first));
        Assert.InRange(
            (await SecretsAsync(path))[0].GetProperty("last_used_time").GetDateTimeOffset(), used.AddMinutes(60), used.AddMinutes(62));
        Assert.False((await SecretsAsync(path))[1].TryGetProperty("last_used_time", out _), "an unused secret has a last_used_time");
    }

    [Theory]
    [InlineData("expire_time", "\"2020-01-01T00:00:00Z\"")]
    [InlineData("expire_time", "0")]
    [InlineData("expire_time", "\"tomorrow\"")]
    [InlineData("expire_time", "[]")]
    [InlineData("status", "\"OFF\"")]
    [InlineData("status", "1")]
    [InlineData("secret", "\"chosen\"")]
    public async Task A_wrong_member_is_400_and_changes_no_secret(string member, string value)
    {
        var (path, id, first) = await NewClientAsync(isApiClient: false);
        var secret = (await SecretsAsync(path))[0].GetProperty("id").GetString();
        var body = System.Text.Encoding.UTF8.GetBytes($$"""{"{{member}}":{{value}}}""");

        await Expect.ProblemAsync(
            await host.TrySendBytesAsync(HttpMethod.Patch, $"{path}/secrets/{secret}", body), 400, "invalid_argument", member);
        if (member != "status")
        {
            await Expect.ProblemAsync(
                await host.TrySendBytesAsync(HttpMethod.Post, $"{path}/secrets", body), 400, "invalid_argument", member);
        }

        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Post, $"{path}/secrets", new { overlap = -1 }), 400, "invalid_argument", "overlap");
        Assert.True(await WorksAsync(isApiClient: false, id, first));
        Assert.Single(await SecretsAsync(path));
    }

    [Fact]
    public async Task A_public_or_registered_client_cannot_be_given_a_secret()
    {
        var company = await host.CompanyAsync();
        var made = await host.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients",
            new { name = "Public", redirect_uris = new[] { "https://client.example/callback" }, token_endpoint_auth_method = "none" });
        var registered = await McpClient.RegisterAsync(company);
        foreach (var id in new[] { made.GetProperty("client").GetProperty("client_id").GetString()!, registered.Id })
        {
            await Expect.ProblemAsync(
                await host.TrySendAsync(HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients/{id}/secrets"),
                409,
                "client_without_secrets");
        }
    }

    [Fact]
    public async Task A_caller_cannot_remove_its_own_last_secret()
    {
        var (path, id, first) = await NewClientAsync(isApiClient: true);
        var secret = (await SecretsAsync(path))[0].GetProperty("id").GetString();
        await Expect.ProblemAsync(await host.SendAsync(id, first, HttpMethod.Delete, $"{path}/secrets/{secret}"), 409, "own_credential");
        await Expect.ProblemAsync(
            await host.SendAsync(id, first, HttpMethod.Patch, $"{path}/secrets/{secret}", new { status = "INACTIVE" }),
            409,
            "own_credential");
        Assert.True(await WorksAsync(isApiClient: true, id, first));

        await host.SendAsync(HttpMethod.Post, path + "/secrets");
        using var deleted = await host.SendAsync(id, first, HttpMethod.Delete, $"{path}/secrets/{secret}");
        Assert.Equal(200, (int)deleted.StatusCode);
        Assert.False(await WorksAsync(isApiClient: true, id, first));
    }

    private async Task<(string Path, string Id, string Secret)> NewClientAsync(bool isApiClient)
    {
        var company = await host.CompanyAsync();
        var collection = isApiClient ? "/api/v1/clients" : $"/api/v1/resources/{company.ResourceId}/clients";
        var made = await host.SendAsync(
            HttpMethod.Post, collection, isApiClient ? new { name = "backend", role = "management" } : new { name = "Back office" });
        var id = made.GetProperty("client").GetProperty("client_id").GetString()!;
        return ($"{collection}/{id}", id, made.GetProperty("plain_secret").GetString()!);
    }

    private async Task<List<JsonElement>> SecretsAsync(string path) =>
        [.. (await host.SendAsync(HttpMethod.Get, path)).GetProperty("client").GetProperty("secrets").EnumerateArray()];

    /// <summary>Whether the client gets a token with the secret. If not, the error must be invalid_client.</summary>
    private async Task<bool> WorksAsync(bool isApiClient, string id, string secret)
    {
        var entry = isApiClient ? "" : $"/resources/{(await host.CompanyAsync()).ResourceId}";
        using var answer = await host.Anonymous.PostAsync(
            entry + "/oauth/token",
            new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", id), new("client_secret", secret)]));
        if (!answer.IsSuccessStatusCode)
        {
            await Expect.ErrorAsync(answer, 401, "invalid_client");
        }

        return answer.IsSuccessStatusCode;
    }
}
