using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>
/// The consent page says how long access lasts at most. No token is valid for longer, whichever lifetimes a resource has and whatever an
/// operator changes after the decision.
/// </summary>
public sealed class Lifetimes_that_the_consent_page_named(OnSqlite host) : IClassFixture<OnSqlite>
{
    /// <summary>MCP servers verify tokens offline, so a token that outlives its grant would be access beyond the named time.</summary>
    [Theory]
    [InlineData(60, "at most one minute")]
    [InlineData(1200, "at most 20 minutes")]
    public async Task An_access_token_ends_with_its_grant(int grantSeconds, string text)
    {
        var company = await host.NewCompanyAsync(resource: new { grant_expiry = grantSeconds, access_token_expiry = 900 });
        using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.AwaitingConsent);
        Assert.Contains(text, login.Consent!.Html, StringComparison.Ordinal);
        await login.ContinueAsync();
        var begun = host.Clock.GetUtcNow();
        var end = begun + TimeSpan.FromSeconds(grantSeconds);
        ExpectEndBy(end, login.Tokens!);

        host.Clock.Advance(TimeSpan.FromSeconds(grantSeconds - 20));
        var refreshed = await Tokens.OfAsync(await login.Client.RefreshAsync(login.Tokens!.Refresh!));
        ExpectEndBy(end, refreshed);
        Assert.InRange(refreshed.ExpiresIn, 1, 20);
    }

    /// <summary>The stricter of then and now: a longer lifetime is for decisions on pages that name it.</summary>
    [Theory]
    [InlineData("authorization_code refresh_token", "grant_expiry", "at most 20 minutes")]
    [InlineData("authorization_code", "access_token_expiry", "ends by itself after 20 minutes")]
    public async Task A_lifetime_that_is_extended_after_the_decision_does_not_extend_the_access(
        string grantTypes, string field, string text)
    {
        var company = await host.NewCompanyAsync(resource: new { grant_expiry = 1200, access_token_expiry = 1200 });
        var client = await McpClient.RegisterAsync(company, McpClient.Loopback, grantTypes.Split(' '));
        using var login = await LoginFlow.AtAsync(company, client, LoginFlow.AwaitingConsent);
        Assert.Contains(text, login.Consent!.Html, StringComparison.Ordinal);
        await login.ContinueAsync(until: LoginFlow.AwaitingExchange);
        await PatchAsync(company, new Dictionary<string, object>(StringComparer.Ordinal) { [field] = 7200 });

        await login.ContinueAsync();
        var end = host.Clock.GetUtcNow() + TimeSpan.FromSeconds(1200);
        ExpectEndBy(end, login.Tokens!);
        if (login.Tokens!.Refresh is { } refresh)
        {
            host.Clock.Advance(TimeSpan.FromSeconds(1210));
            await Expect.ErrorAsync(await client.RefreshAsync(refresh), 400, "invalid_grant");
        }
    }

    /// <summary>A shorter lifetime counts at once.</summary>
    [Fact]
    public async Task A_lifetime_that_is_shortened_after_the_decision_shortens_the_access()
    {
        var company = await host.NewCompanyAsync();
        using var login = await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.AwaitingExchange);
        await PatchAsync(company, new { grant_expiry = 120 });

        await login.ContinueAsync();
        ExpectEndBy(host.Clock.GetUtcNow() + TimeSpan.FromSeconds(120), login.Tokens!);
    }

    private Task<JsonElement> PatchAsync(Company company, object changes) =>
        host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", changes);

    /// <summary>The times of a token are whole seconds.</summary>
    private static void ExpectEndBy(DateTimeOffset end, Tokens tokens)
    {
        var expiresAt = DateTimeOffset.FromUnixTimeSeconds(tokens.Claims.GetProperty("exp").GetInt64());
        Assert.True(expiresAt <= end.AddSeconds(1), $"{expiresAt:O} instead of {end:O}");
        var issuedAt = DateTimeOffset.FromUnixTimeSeconds(tokens.Claims.GetProperty("iat").GetInt64());
        Assert.InRange(tokens.ExpiresIn, 1, (long)(expiresAt - issuedAt).TotalSeconds);
    }
}
