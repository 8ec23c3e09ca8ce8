using System.Net;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Registration;

public sealed class Initial_access_tokens_on_SQLite(OnSqlite host) : Initial_access_tokens(host), IClassFixture<OnSqlite>;

public sealed class Initial_access_tokens_on_PostgreSQL(OnPostgres host) : Initial_access_tokens(host), IClassFixture<OnPostgres>;

[Spec("RFC 7591 §3", "initial-token")]
public abstract class Initial_access_tokens(LatchkeyHost host)
{
    private static readonly object Required = new { require_initial_access_token = true };

    [Fact]
    public async Task A_token_is_shown_once_and_listed_with_its_uses()
    {
        var company = await host.NewCompanyAsync();
        var path = $"/api/v1/resources/{company.ResourceId}/initial-access-tokens";
        var made = await host.SendAsync(HttpMethod.Post, path, new { name = "Partners", expires_in = "3600", max_uses = 3 });
        Assert.StartsWith("lki_", made.GetProperty("plain_token").GetString(), StringComparison.Ordinal);
        var token = made.GetProperty("initial_access_token");
        Assert.Equal(
            TimeSpan.FromHours(1),
            token.GetProperty("expire_time").GetDateTimeOffset() - token.GetProperty("create_time").GetDateTimeOffset());
        await new Registrant(company, made.GetProperty("plain_token").GetString()).RegisterAsync(Registrant.Public("One"));

        var byDefault = (await host.SendAsync(HttpMethod.Post, path, new { name = "Default" })).GetProperty("initial_access_token");
        Assert.Equal(1, byDefault.GetProperty("max_uses").GetInt64());
        Assert.Equal(
            TimeSpan.FromDays(7),
            byDefault.GetProperty("expire_time").GetDateTimeOffset() - byDefault.GetProperty("create_time").GetDateTimeOffset());

        var list = await host.SendAsync(HttpMethod.Get, path);
        var listed = list.GetProperty("initial_access_tokens").EnumerateArray().ToList();
        Assert.Equal((2, 2), (list.GetProperty("total_size").GetInt32(), listed.Count));
        Assert.Equal(["Default", "Partners"], listed.Select(t => t.GetProperty("name").GetString()!).Order(StringComparer.Ordinal));
        Assert.Equal((3, 1), Uses(listed.Single(t => t.GetProperty("name").GetString() == "Partners")));
        Assert.DoesNotContain("lki_", list.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_are_listed_in_pages()
    {
        var company = await host.NewCompanyAsync();
        var made = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 3; i++)
        {
            made.Add((await Registrant.InitialTokenAsync(company)).Id);
        }

        var seen = new List<string>();
        var next = "";
        do
        {
            var page = await host.SendAsync(
                HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/initial-access-tokens?page_size=2&page_token={next}");
            seen.AddRange(page.GetProperty("initial_access_tokens").EnumerateArray().Select(t => t.GetProperty("id").GetString()!));
            next = page.GetProperty("next_page_token").GetString()!;
        }
        while (next.Length > 0);

        Assert.Equal(3, seen.Count);
        Assert.Equal(made, seen.ToHashSet(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("{\"max_uses\":1}", "name")]
    [InlineData("{\"name\":\"\"}", "name")]
    [InlineData("{\"name\":\"a\\u0000b\"}", "name")]
    [InlineData("{\"name\":\"n\",\"expires_in\":-1}", "expires_in")]
    [InlineData("{\"name\":\"n\",\"expires_in\":31536001}", "expires_in")]
    [InlineData("{\"name\":\"n\",\"expires_in\":\"soon\"}", "expires_in")]
    [InlineData("{\"name\":\"n\",\"max_uses\":1000001}", "max_uses")]
    [InlineData("{\"name\":\"n\",\"max_uses\":1.5}", "max_uses")]
    [InlineData("{\"name\":\"n\",\"uses\":1}", "uses")]
    public async Task A_create_with_a_wrong_member_is_400_and_creates_nothing(string body, string member)
    {
        var company = await host.NewCompanyAsync();
        var path = $"/api/v1/resources/{company.ResourceId}/initial-access-tokens";

        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Post, path, JsonSerializer.Deserialize<JsonElement>(body)), 400, "invalid_argument", member);
        Assert.Equal(0, (await host.SendAsync(HttpMethod.Get, path)).GetProperty("total_size").GetInt32());
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("wrong")]
    [InlineData("no initial access token")]
    [InlineData("expired")]
    [InlineData("used up")]
    [InlineData("deleted")]
    [InlineData("of another resource")]
    public async Task A_missing_wrong_expired_used_up_or_deleted_token_is_401_with_a_challenge(string how)
    {
        var company = await host.NewCompanyAsync(resource: Required);
        var other = await host.NewCompanyAsync(resource: Required);
        var (token, id) = await Registrant.InitialTokenAsync(
            how == "of another resource" ? other : company, new { name = "n", max_uses = 1, expires_in = 60 });
        switch (how)
        {
            case "used up":
                await new Registrant(company, token).RegisterAsync(Registrant.Public("First"));
                break;
            case "expired":
                host.Clock.Advance(TimeSpan.FromSeconds(60));
                break;
            case "deleted":
                await host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{company.ResourceId}/initial-access-tokens/{id}");
                break;
        }

        var sent = how switch
        {
            "missing" => null,
            "wrong" => "lki_" + new string('A', 43),
            "no initial access token" => await host.OperatorTokenAsync(),
            _ => token
        };
        await Expect.BearerRefusedAsync(await new Registrant(company, sent).TryAsync(Registrant.Public("Second")));
        var clients = await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/clients");
        Assert.Equal(how == "used up" ? 1 : 0, clients.GetProperty("total_dcr_clients").GetInt32());
    }

    /// <summary>
    /// A client that sends a token expects it to count. Ignoring a wrong one would only move the error to a later step where its cause is
    /// hidden.
    /// </summary>
    [Fact]
    public async Task A_wrong_token_is_401_even_where_none_is_required()
    {
        var company = await host.NewCompanyAsync();
        foreach (var atEnvironment in new[] { false, true })
        {
            await Expect.BearerRefusedAsync(
                await new Registrant(company, "lki_wrong", atEnvironment).TryAsync(Registrant.Public("Invited")));
        }
    }

    [Fact]
    public async Task A_refused_registration_does_not_use_up_the_token()
    {
        var company = await host.NewCompanyAsync(resource: Required);
        var blocked = await new Registrant(company, (await Registrant.InitialTokenAsync(company)).Token)
            .RegisterAsync(Registrant.Public("Unwanted"));
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}/clients/{blocked.Id}", new { enabled = false });
        var registrant = new Registrant(company, (await Registrant.InitialTokenAsync(company, new { name = "n", max_uses = 1 })).Token);
        await Expect.ErrorAsync(
            await registrant.TryAsync(new { redirect_uris = new[] { "http://client.example/" } }), 400, "invalid_redirect_uri");
        await Expect.ErrorAsync(
            await registrant.TryAsync(new { redirect_uris = new[] { Registrant.Redirect }, grant_types = new[] { "implicit" } }),
            400,
            "invalid_client_metadata");
        await Expect.ErrorAsync(await registrant.TryAsync(Registrant.Public("Unwanted")), 400, "invalid_client_metadata");

        await registrant.RegisterAsync(Registrant.Public("Wanted"));
        await Expect.BearerRefusedAsync(await registrant.TryAsync(Registrant.Public("Wanted")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Of_64_concurrent_registrations_as_many_succeed_as_the_token_has_uses(int uses)
    {
        var company = await host.NewCompanyAsync(resource: Required);
        var registrant = new Registrant(company, (await Registrant.InitialTokenAsync(company, new { name = "n", max_uses = uses })).Token);
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => registrant.TryAsync(Registrant.Public("Racing"))));

        Assert.Equal(uses, answers.Count(a => a.StatusCode == HttpStatusCode.Created));
        Assert.Equal(64 - uses, answers.Count(a => a.StatusCode == HttpStatusCode.Unauthorized));
        Assert.Equal(
            uses,
            (await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/clients"))
                .GetProperty("total_dcr_clients").GetInt32());
        var token = (await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/initial-access-tokens"))
            .GetProperty("initial_access_tokens")[0];
        Assert.Equal((uses, uses), Uses(token));
    }

    /// <summary>A client must not change the registration of another client.</summary>
    [Fact]
    public async Task Each_registration_with_a_token_is_a_client_of_its_own_with_a_registration_access_token()
    {
        var company = await host.NewCompanyAsync();
        var registrant = new Registrant(company, (await Registrant.InitialTokenAsync(company)).Token);
        var (one, two) =
            (await registrant.RegisterAsync(Registrant.Public("Same")), await registrant.RegisterAsync(Registrant.Public("Same")));
        var shared = await new Registrant(company).RegisterAsync(Registrant.Public("Same"));

        Assert.Equal(3, new[] { one.Id, two.Id, shared.Id }.Distinct(StringComparer.Ordinal).Count());
        Assert.StartsWith("lkg_", one.Token, StringComparison.Ordinal);
        Assert.NotEqual(one.Token, two.Token);
        Assert.Equal($"{host.BaseUrl}/oauth/register/{one.Id}", one.Text("registration_client_uri"));
        Assert.Null(shared.Token);
        Assert.Null(shared.Text("registration_client_uri"));
    }

    [Fact]
    public async Task A_token_used_at_the_environment_registers_for_its_own_resource_only()
    {
        var company = await host.NewCompanyAsync(resource: Required);
        var other = await host.NewCompanyAsync();
        var registered = await new Registrant(company, (await Registrant.InitialTokenAsync(company)).Token, atEnvironment: true)
            .RegisterAsync(Registrant.Public("Invited"));
        await Tokens.OfAsync(await registered.Client.RefreshAsync((await registered.Client.TokensAsync()).Refresh!));

        await Expect.PageAsync(
            await host.Anonymous.GetAsync(new McpClient(other, registered.Id, null, McpClient.Loopback).Authorize()),
            400,
            "client_of_another_resource");
    }

    /// <summary>The current policy also applies to clients registered before and to those of the environment.</summary>
    [Fact]
    public async Task A_resource_that_requires_a_token_refuses_authorization_of_clients_registered_without_one()
    {
        var company = await host.NewCompanyAsync();
        var open = (await new Registrant(company).RegisterAsync(Registrant.Public("Open"))).Client;
        var ofEnvironment = (await new Registrant(company, atEnvironment: true)
            .RegisterAsync(Registrant.Public("Of the environment"))).Client;
        var confidential = (await new Registrant(company).RegisterAsync(Registrant.WithSecret("Open"))).Client;
        var invited = (await new Registrant(company, (await Registrant.InitialTokenAsync(company)).Token)
            .RegisterAsync(Registrant.Public("Invited"))).Client;
        var operators = await McpClient.CreateAsync(company);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", Required);

        foreach (var refused in new[] { open, ofEnvironment, confidential })
        {
            await Expect.PageAsync(await host.Anonymous.GetAsync(refused.Authorize()), 400, "initial_access_token_required");
        }

        await Expect.ErrorAsync(
            await open.PostAsync(
                "/oauth/par", [.. Browser.QueryOf(new Uri(host.BaseUrl + open.Authorize())).Select(p => (p.Key, (string?)p.Value))], []),
            400,
            "invalid_request");
        foreach (var accepted in new[] { invited, operators })
        {
            using var answer = await host.Anonymous.GetAsync(accepted.Authorize());
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        }

        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { require_initial_access_token = (bool?)null });
        using var again = await host.Anonymous.GetAsync(open.Authorize());
        Assert.Equal(HttpStatusCode.Redirect, again.StatusCode);
    }

    [Fact]
    public async Task A_token_does_not_open_a_resource_that_has_closed_registration()
    {
        var company = await host.NewCompanyAsync();
        var token = (await Registrant.InitialTokenAsync(company)).Token;
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { disable_dynamic_client_registration = true });

        await Expect.ErrorAsync(
            await new Registrant(company, token).TryAsync(Registrant.Public("Invited")), 400, "invalid_client_metadata");
    }

    private static (long Max, long Uses) Uses(JsonElement token) =>
        (token.GetProperty("max_uses").GetInt64(), token.GetProperty("uses").GetInt64());
}

/// <summary>The environment's endpoint accepts a registration that at least one resource would accept.</summary>
public sealed class Dynamic_client_registration_at_the_environment(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task A_token_is_required_where_every_open_resource_requires_one_and_all_is_refused_where_none_is_open()
    {
        var wanting = await host.NewCompanyAsync(resource: new { require_initial_access_token = true });
        var closed = await host.NewCompanyAsync(resource: new { disable_dynamic_client_registration = true });
        var open = new Registrant(wanting, atEnvironment: true);
        await Expect.BearerRefusedAsync(await open.TryAsync(Registrant.Public("Open")));
        await new Registrant(wanting, (await Registrant.InitialTokenAsync(wanting)).Token, atEnvironment: true)
            .RegisterAsync(Registrant.Public("Invited"));
        var forTheClosedOne = new Registrant(closed, (await Registrant.InitialTokenAsync(closed)).Token, atEnvironment: true);
        await Expect.BearerRefusedAsync(await forTheClosedOne.TryAsync(Registrant.Public("Invited")));

        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{wanting.ResourceId}", new { disable_dynamic_client_registration = true });
        await Expect.ErrorAsync(await open.TryAsync(Registrant.Public("Open")), 400, "invalid_client_metadata");
        await Expect.ErrorAsync(await forTheClosedOne.TryAsync(Registrant.Public("Invited")), 400, "invalid_client_metadata");
    }
}
