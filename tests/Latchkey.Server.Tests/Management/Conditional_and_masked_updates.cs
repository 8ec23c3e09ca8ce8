using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.OAuth;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

/// <summary>Conditional changes with If-Match, and partial changes with update_mask.</summary>
public sealed class Conditional_and_masked_updates(OnSqlite host) : IClassFixture<OnSqlite>
{
    public static TheoryData<string> Kinds => ["resource", "connection", "client", "API client"];

    [Theory]
    [MemberData(nameof(Kinds))]
    [Spec("RFC 9110 §13.1.1", "if-match")]
    public async Task A_PATCH_with_If_Match_succeeds_only_with_the_current_ETag(string thing)
    {
        var (path, body) = await NewAsync(thing);
        var tag = await TagAsync(path);
        var first = await PatchAsync(path, body(1), tag);
        Assert.True(first.IsSuccessStatusCode, await first.Content.ReadAsStringAsync());
        var next = first.Headers.ETag!.ToString();

        Assert.NotEqual(tag, next);
        Assert.Equal(next, await TagAsync(path));
        var state = await ReadAsync(path);
        foreach (var stale in new[] { tag, "\"none\"", "W/" + next, $"{tag}, \"x\"", next.Trim('"'), "\"", "" })
        {
            await Expect.ProblemAsync(await PatchAsync(path, body(2), stale), 412, "precondition_failed");
        }

        Assert.Equal(state, await ReadAsync(path));
        foreach (var good in new[] { next, "*" })
        {
            using var done = await PatchAsync(path, body(3), good == next ? $"{tag}, {next}" : good);
            Assert.Equal(200, (int)done.StatusCode);
        }
    }

    [Theory]
    [InlineData("resource")]
    [InlineData("client")]
    [InlineData("organization client")]
    [InlineData("API client")]
    [Spec("RFC 9110 §13.1.1", "if-match")]
    public async Task A_DELETE_with_If_Match_succeeds_only_with_the_current_ETag(string thing)
    {
        var (path, body) = await NewAsync(thing);
        var stale = await TagAsync(path);
        var tag = (await SendAsync(HttpMethod.Patch, path, stale, body(1))).Headers.ETag!.ToString();

        await Expect.ProblemAsync(await SendAsync(HttpMethod.Delete, path, stale), 412, "precondition_failed");
        Assert.Equal(tag, await TagAsync(path));

        Assert.Equal(200, (int)(await SendAsync(HttpMethod.Delete, path, tag)).StatusCode);
        Assert.Equal(404, (int)(await host.TrySendAsync(HttpMethod.Get, path)).StatusCode);
    }

    [Fact]
    public async Task If_Match_on_the_connection_of_a_resource_compares_the_existing_one_and_is_412_without_one()
    {
        var company = await host.NewCompanyAsync();
        var path = $"/api/v1/resources/{company.ResourceId}/connections";
        var tag = await TagAsync($"/api/v1/connections/{company.ConnectionId}");
        var changed = await SendAsync(HttpMethod.Post, path, tag, new { callback_verification = "state_only" });
        Assert.NotEqual(tag, changed.Headers.ETag!.ToString());
        await Expect.ProblemAsync(
            await SendAsync(HttpMethod.Post, path, tag, new { callback_verification = "required" }), 412, "precondition_failed");

        // The URL of an existing connection is changed by PATCH.
        var refused = await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Post, path, new { login_url = "https://app.example/other" }), 409, "connection_exists");
        Assert.Contains(company.ConnectionId, refused, StringComparison.Ordinal);
        var same = await host.SendAsync(HttpMethod.Post, path, new { login_url = "https://app.example/login?from=mcp" });
        Assert.Equal(company.ConnectionId, same.GetProperty("connection").GetProperty("id").GetString());
        var wrong = new[] { "https://app.example/?state=x", "https://app.example/?a=b&login_request_id=", "https://app.example/?%73tate" };
        foreach (var url in wrong)
        {
            await Expect.ProblemAsync(
                await host.TrySendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { login_url = url }),
                400,
                "invalid_argument",
                "login_url");
        }

        var bare = (await host.SendAsync(
            HttpMethod.Post,
            "/api/v1/resources",
            new { name = "Bare", resource_uri = $"https://{Ids.New("").ToLowerInvariant()}.example/mcp" }))
            .GetProperty("resource").GetProperty("id").GetString();
        await Expect.ProblemAsync(
            await SendAsync(HttpMethod.Post, $"/api/v1/resources/{bare}/connections", "*", new { login_url = "https://app.example/login" }),
            412,
            "precondition_failed");
    }

    /// <summary>Secrets are part of their client and share its ETag.</summary>
    [Theory]
    [InlineData("client")]
    [InlineData("organization client")]
    [InlineData("API client")]
    public async Task A_change_of_a_secret_is_conditional_on_the_ETag_of_its_client(string thing)
    {
        var (path, _) = await NewAsync(thing);
        using var added = await SendAsync(HttpMethod.Post, path + "/secrets", tag: null);
        var first = added.Headers.ETag!.ToString();
        Assert.Equal(first, await TagAsync(path));
        var secret =
            $"{path}/secrets/{(await added.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("secret").GetProperty("id").GetString()}";

        using var changed = await SendAsync(HttpMethod.Patch, secret, first, new { status = "INACTIVE" });
        var second = changed.Headers.ETag!.ToString();
        Assert.NotEqual(first, second);
        Assert.Equal(second, await TagAsync(path));

        await Expect.ProblemAsync(
            await SendAsync(HttpMethod.Post, path + "/secrets", first, new { overlap = 0 }), 412, "precondition_failed");
        await Expect.ProblemAsync(await SendAsync(HttpMethod.Patch, secret, first, new { status = "ACTIVE" }), 412, "precondition_failed");
        await Expect.ProblemAsync(await SendAsync(HttpMethod.Delete, secret, first), 412, "precondition_failed");
        Assert.Equal(second, await TagAsync(path));
        Assert.Equal(200, (int)(await SendAsync(HttpMethod.Delete, secret, second)).StatusCode);
    }

    [Fact]
    public async Task A_PATCH_with_an_update_mask_changes_only_the_members_it_names()
    {
        var company = await host.NewCompanyAsync(resource: new { description = "As it was", access_token_expiry = 60 });
        var path = $"/api/v1/resources/{company.ResourceId}";
        var changed = await host.SendAsync(
            HttpMethod.Patch,
            $"{path}?update_mask=name",
            new { name = "Masked", description = "Not this", enable_cimd = "not even looked at" });
        Assert.Equal("Masked", Resource(changed, "name"));
        Assert.Equal("As it was", Resource(changed, "description"));

        // A member that the mask names and the body omits is reset to its default. The mask takes snake_case and camelCase names.
        changed = await host.SendAsync(HttpMethod.Patch, $"{path}?update_mask=description,accessTokenExpiry", new { name = "Not this" });
        Assert.Equal("Masked", Resource(changed, "name"));
        Assert.False(changed.GetProperty("resource").TryGetProperty("description", out _));
        Assert.Equal(900, changed.GetProperty("resource").GetProperty("access_token_expiry").GetInt64());
    }

    [Theory]
    [InlineData("colour", "colour")]
    [InlineData("name,colour", "colour")]
    [InlineData("name", "name")]
    public async Task An_update_mask_that_names_an_unknown_or_invalid_member_is_400(string mask, string member)
    {
        var company = await host.CompanyAsync();
        await Expect.ProblemAsync(
            await host.TrySendAsync(
                HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}?update_mask={mask}", new { name = (string?)null }),
            400, "invalid_argument", member);
    }

    private static string Resource(JsonElement answer, string member) => answer.GetProperty("resource").GetProperty(member).GetString()!;

    private async Task<(string Path, Func<int, object> Body)> NewAsync(string thing)
    {
        var company = await host.NewCompanyAsync();
        return thing switch
        {
            "resource" => ($"/api/v1/resources/{company.ResourceId}", n => new { name = $"n{n}" }),
            "connection" => ($"/api/v1/connections/{company.ConnectionId}", n => new { login_url = $"https://app.example/{n}" }),
            "organization client" => (
                await NewClientAsync("/api/v1/organizations/acme/clients", new { name = "n", audience = new[] { company.ResourceId } }),
                n => new { name = $"n{n}" }),
            "client" => ($"/api/v1/resources/{company.ResourceId}/clients/{(await McpClient.CreateAsync(company)).Id}",
                n => new { name = $"n{n}" }),
            _ => (await NewClientAsync("/api/v1/clients", new { name = "n", role = "read-only" }),
                n => new { name = $"n{n}" }),
        };
    }

    private async Task<string> NewClientAsync(string path, object body)
    {
        var created = await host.SendAsync(HttpMethod.Post, path, body);
        return $"{path}/{created.GetProperty("client").GetProperty("client_id").GetString()}";
    }

    private async Task<string> TagAsync(string path)
    {
        using var answer = await host.TrySendAsync(HttpMethod.Get, path);
        return answer.Headers.ETag!.ToString();
    }

    private async Task<string> ReadAsync(string path) => (await host.SendAsync(HttpMethod.Get, path)).GetRawText();

    private Task<HttpResponseMessage> PatchAsync(string path, object body, string tag) => SendAsync(HttpMethod.Patch, path, tag, body);

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? tag, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new("Bearer", await host.OperatorTokenAsync());
        if (tag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", tag);
        }

        return await host.Anonymous.SendAsync(request);
    }
}
