using System.Diagnostics;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Tests.Keys;

public sealed class Key_rotation_on_SQLite(OnSqlite host) : Key_rotation(host), IClassFixture<OnSqlite>;

public sealed class Key_rotation_on_PostgreSQL(OnPostgres host) : Key_rotation(host), IClassFixture<OnPostgres>;

public abstract class Key_rotation(LatchkeyHost host)
{
    private static readonly Actor Operator = new Actor.Machine("test");

    private KeyRotation Rotation => host.Services.GetRequiredService<KeyRotation>();

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    [InlineData("PS256")]
    [Spec("RFC 9068 §4", "key-rotation")]
    public async Task A_rotation_lets_no_valid_token_be_refused_by_a_server_with_cached_keys(string algorithm)
    {
        var company = await host.NewCompanyAsync(resource: new { signing_algorithm = algorithm });
        var client = await McpClient.RegisterAsync(company);
        var before = await client.TokensAsync();
        var server = await ResourceServer.StartAsync(host, company);

        // The resource server keeps the keys it fetched, through a whole rotation during which tokens are refreshed.
        var refresh = before.Refresh!;
        var refreshing = Task.Run(async () =>
        {
            for (var i = 0; i < 30; i++)
            {
                var tokens = await Tokens.OfAsync(await client.RefreshAsync(refresh));
                refresh = tokens.Refresh!;
                Assert.True(await server.AcceptsAsync(tokens.Access), "a valid token was refused");
            }
        });
        Assert.IsType<RotationOutcome.Rotated>(await Rotation.RotateAsync(algorithm, force: true, Operator, CancellationToken.None));
        await refreshing;

        var after = await Tokens.OfAsync(await client.RefreshAsync(refresh));
        Assert.True(await server.AcceptsAsync(after.Access));
        Assert.True(await server.AcceptsAsync(before.Access));
        Assert.NotEqual(new JsonWebToken(before.Access).Kid, new JsonWebToken(after.Access).Kid);
        Assert.Equal(algorithm, new JsonWebToken(after.Access).Alg);
        (await client.RevokeAsync(before.Access)).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task A_rotation_waits_until_the_next_key_has_been_published_for_a_day()
    {
        Assert.IsType<RotationOutcome.Rotated>(await Rotation.RotateAsync("RS256", force: true, Operator, CancellationToken.None));
        Assert.IsType<RotationOutcome.TooSoon>(await Rotation.RotateAsync("RS256", force: false, Operator, CancellationToken.None));
        host.Clock.Advance(TimeSpan.FromHours(25));
        Assert.IsType<RotationOutcome.Rotated>(await Rotation.RotateAsync("RS256", force: false, Operator, CancellationToken.None));
    }

    [Fact]
    [Spec("RFC 9068 §4", "key-rotation")]
    public async Task The_former_key_is_published_until_its_tokens_have_expired()
    {
        var before = await PublishedAsync();
        await Rotation.RotateAsync("RS256", force: true, Operator, CancellationToken.None);
        var rotated = await PublishedAsync();
        Assert.Empty(before.Except(rotated));
        Assert.Single(rotated.Except(before));

        host.Clock.Advance(TimeSpan.FromHours(26));
        await Rotation.KeepScheduleAsync(TimeSpan.FromDays(3650), CancellationToken.None);
        Assert.Equal(2, (await PublishedAsync()).Count);
    }

    /// <summary>
    /// A token may live for a day, and was signed at the last moment: its key is published and accepted until it ends, and hardly longer.
    /// </summary>
    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    [Spec("RFC 9068 §4", "key-rotation")]
    public async Task A_token_of_a_former_key_is_valid_until_its_own_end(string algorithm)
    {
        var company = await host.NewCompanyAsync(
            resource: new { signing_algorithm = algorithm, access_token_expiry = (int)TimeSpan.FromDays(1).TotalSeconds });
        var introspecting = await Actors.ResourceServer.CreateAsync(company);
        var tokens = await (await McpClient.RegisterAsync(company)).TokensAsync(scope: "openid notes:read");
        var kid = new JsonWebToken(tokens.Access).Kid;
        await Rotation.RotateAsync(algorithm, force: true, Operator, CancellationToken.None);

        foreach (var minutes in new[] { 6, 19, 35, 180, 1_198 })
        {
            host.Clock.Advance(TimeSpan.FromMinutes(minutes));
            await Rotation.KeepScheduleAsync(TimeSpan.FromDays(3650), CancellationToken.None);
            Assert.Contains(kid, await PublishedAsync(algorithm));
            Assert.True(await introspecting.IsActiveAsync(tokens.Access));
            Assert.Equal(200, await UserInfoAsync(tokens));
            Assert.True(await (await ResourceServer.StartAsync(host, company)).AcceptsAsync(tokens.Access));
        }

        host.Clock.Advance(TimeSpan.FromHours(2));
        await Rotation.KeepScheduleAsync(TimeSpan.FromDays(3650), CancellationToken.None);
        Assert.DoesNotContain(kid, await PublishedAsync(algorithm));
        Assert.False(await introspecting.IsActiveAsync(tokens.Access));
        Assert.Equal(401, await UserInfoAsync(tokens));
    }

    [Fact]
    public async Task A_scheduled_rotation_runs_only_when_it_is_due()
    {
        host.Clock.Advance(TimeSpan.FromHours(25));
        Assert.DoesNotContain(
            await Rotation.KeepScheduleAsync(TimeSpan.FromDays(3650), CancellationToken.None), o => o is RotationOutcome.Rotated);
        host.Clock.Advance(TimeSpan.FromDays(91));
        Assert.Contains(await Rotation.KeepScheduleAsync(TimeSpan.FromDays(90), CancellationToken.None), o =>
            o is RotationOutcome.Rotated { Purpose: "RS256" });
        Assert.DoesNotContain(
            await Rotation.KeepScheduleAsync(TimeSpan.FromDays(90), CancellationToken.None), o => o is RotationOutcome.Rotated);
    }

    [Fact]
    public async Task Concurrent_rotations_on_several_nodes_replace_each_key_once()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8)
            .Select(_ => Task.Run(() => Rotation.RotateAsync("ES256", force: true, Operator, CancellationToken.None))));
        var rows = await host.Services.GetRequiredService<KeyStore>().AllAsync(CancellationToken.None);

        Assert.Contains(outcomes, o => o is RotationOutcome.Rotated);
        Assert.Equal(
            outcomes.OfType<RotationOutcome.Rotated>().Count(),
            outcomes.OfType<RotationOutcome.Rotated>().Select(o => o.FormerId).Distinct().Count());
        Assert.Single(rows, r => r is { Purpose: "ES256", State: KeyState.Current });
        Assert.Single(rows, r => r is { Purpose: "ES256", State: KeyState.Next });
    }

    [Fact]
    public async Task Retiring_a_key_invalidates_its_tokens_at_once()
    {
        var company = await host.NewCompanyAsync(resource: new { signing_algorithm = "ES256" });
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        var kid = new JsonWebToken(tokens.Access).Kid;
        Assert.IsType<RotationOutcome.Retired>(await Rotation.RetireAsync(kid, Operator, CancellationToken.None));

        Assert.DoesNotContain(kid, await PublishedAsync("ES256"));
        var server = await ResourceServer.StartAsync(host, company);
        Assert.False(await server.AcceptsAsync(tokens.Access));
        Assert.True(await server.AcceptsAsync((await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!))).Access));
        Assert.IsType<RotationOutcome.UnknownKey>(await Rotation.RetireAsync(kid, Operator, CancellationToken.None));
    }

    [Theory]
    [InlineData("refresh")]
    [InlineData("derive")]
    [InlineData("api-token")]
    public async Task Rotating_an_internal_key_keeps_tokens_and_logins_valid(string purpose)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        await host.OperatorTokenAsync();
        Assert.IsType<RotationOutcome.Rotated>(await Rotation.RotateAsync(purpose, force: false, Operator, CancellationToken.None));

        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
        await client.TokensAsync();
    }

    [Fact]
    public async Task A_rotation_by_the_command_line_is_seen_by_a_running_server_within_a_second()
    {
        var before = await PublishedAsync();
        Assert.Contains("RS256", await RunAsync(0, "keys", "list"), StringComparison.Ordinal);
        var published = before.Count;
        await Promptness.ExpectWithinAsync(TimeSpan.FromSeconds(1.5), async () =>
        {
            await RunAsync(0, "keys", "rotate", "RS256", "--force");
            var rotated = Stopwatch.GetTimestamp();
            await Eventually.TrueAsync(
                async () => (await PublishedAsync()).Count > published, "the running server does not publish the new key");
            published = (await PublishedAsync()).Count;
            return Stopwatch.GetElapsedTime(rotated);
        });

        await RunAsync(2, "keys", "rotate", "RS256");
        await RunAsync(2, "keys", "retire", "key_unknown");
        await RunAsync(2, "keys", "rewrap", "--from", Convert.ToBase64String(Enumerable.Repeat((byte)7, 32).ToArray()));
    }

    private async Task<int> UserInfoAsync(Tokens tokens)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/userinfo");
        request.Headers.Authorization = new("Bearer", tokens.Access);
        using var response = await host.Anonymous.SendAsync(request);
        return (int)response.StatusCode;
    }

    /// <summary>The ids of the published keys of an algorithm.</summary>
    private async Task<IReadOnlyList<string>> PublishedAsync(string algorithm = "RS256") =>
        [.. new JsonWebKeySet(await host.Anonymous.GetStringAsync("/keys")).Keys.Where(k => k.Alg == algorithm).Select(k => k.Kid)];

    private async Task<string> RunAsync(int exitCode, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(KeyRing).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false
        };
        foreach (var (name, value) in host.Environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, errors) = (await process.StandardOutput.ReadToEndAsync(), await process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == exitCode, $"{process.ExitCode}: {output} {errors}");
        return output;
    }

    /// <summary>An MCP server that fetches the key set once and keeps it for its lifetime.</summary>
    private sealed class ResourceServer(LatchkeyHost host, Company company, IList<JsonWebKey> keys)
    {
        public static async Task<ResourceServer> StartAsync(LatchkeyHost host, Company company) =>
            new(host, company, new JsonWebKeySet(await host.Anonymous.GetStringAsync("/keys")).Keys);

        public async Task<bool> AcceptsAsync(string token) => (await new JsonWebTokenHandler().ValidateTokenAsync(token, new()
        {
            ValidIssuer = company.Issuer,
            ValidAudience = company.ResourceUri,
            IssuerSigningKeys = keys,
            ValidTypes = ["at+jwt"],
            LifetimeValidator = (_, expires, _, _) => expires > host.Clock.GetUtcNow().UtcDateTime,
        })).IsValid;
    }
}
