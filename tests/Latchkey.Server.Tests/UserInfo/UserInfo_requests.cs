using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.UserInfo;

/// <summary>HTTP of the UserInfo endpoint (OpenID Connect Core §5.3).</summary>
public sealed class UserInfo_requests(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [Spec("OpenID Connect §5.3", "userinfo-methods")]
    [Spec("OpenID Connect §5.3.2", "userinfo-json", "no-empty-claims")]
    public async Task UserInfo_answers_GET_and_POST_with_a_JSON_object_without_empty_claims(string method)
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var tokens = await client.TokensAsync(new { sub = "adä", email = "a@b.example" }, "openid profile email notes:read");
        using var request = new HttpRequestMessage(new(method), "/userinfo");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.Access);
        using var info = await host.Anonymous.SendAsync(request);

        Assert.Equal((200, "application/json"), ((int)info.StatusCode, info.Content.Headers.ContentType?.MediaType));
        var claims = JsonSerializer.Deserialize<JsonElement>(Encoding.UTF8.GetString(await info.Content.ReadAsByteArrayAsync()));
        Assert.Equal("adä", claims.GetProperty("sub").GetString());
        Assert.All(claims.EnumerateObject(), claim => Assert.False(
            claim.Value.ValueKind == JsonValueKind.Null || claim.Value.ToString().Length == 0, claim.Name));
    }

    /// <summary>A form parameter is another method of RFC 6750 (§2.2), which is optional and not offered.</summary>
    [Fact]
    public async Task A_token_in_the_body_of_a_POST_is_ignored()
    {
        var tokens = await (await McpClient.RegisterAsync(await host.NewCompanyAsync())).TokensAsync(scope: "openid notes:read");
        using var form = new FormUrlEncodedContent([new("access_token", tokens.Access)]);
        using var info = await host.Anonymous.PostAsync("/userinfo", form);

        Assert.Equal((401, "Bearer realm=\"latchkey\""), ((int)info.StatusCode, info.Headers.WwwAuthenticate.ToString()));
    }
}
