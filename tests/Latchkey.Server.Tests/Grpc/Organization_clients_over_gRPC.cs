using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Latchkey.Server.Grpc.Messages;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Grpc;

public sealed class Organization_clients_over_gRPC_on_SQLite(OnSqlite host) : Organization_clients_over_gRPC(host), IClassFixture<OnSqlite>;

public sealed class Organization_clients_over_gRPC_on_PostgreSQL(OnPostgres host)
    : Organization_clients_over_gRPC(host), IClassFixture<OnPostgres>;

/// <summary>Calls through the gRPC C core, as Scalekit's Python SDK does.</summary>
public abstract class Organization_clients_over_gRPC(LatchkeyHost host) : IAsyncDisposable
{
    private static int organizations;

    private readonly Channel core = new(new Uri(host.BaseUrl).Authority, ChannelCredentials.Insecure);

    public async ValueTask DisposeAsync()
    {
        await core.ShutdownAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_client_is_created_with_all_of_its_fields_and_gets_tokens()
    {
        var (company, organization) = (await host.NewCompanyAsync(), NewOrganization());
        var said = Nightly(company.ResourceUri);
        var made = await CallAsync<CreateOrganizationClientResponse>(
            new CreateOrganizationClientRequest { OrganizationId = organization, Client = said });

        var client = made.Client;
        Assert.Equal(
            (said.Name, said.Description, organization, said.Expiry),
            (client.Name, client.Description, client.OrganizationId, client.Expiry));
        Assert.Equal((company.ResourceId, "notes:read"), (Assert.Single(client.Audience), Assert.Single(client.Scopes)));
        Assert.Equal(said.CustomClaims, client.CustomClaims);
        var secret = Assert.Single(client.Secrets);
        Assert.Equal(
            (made.PlainSecret[^4..], ClientSecretStatus.Active, null, null),
            (secret.SecretSuffix, secret.Status, secret.ExpireTime, secret.LastUsedTime));
        Assert.Equal(client.CreateTime, secret.CreateTime);
        Assert.InRange(client.CreateTime.ToDateTimeOffset(), host.Clock.GetUtcNow().AddMinutes(-10), host.Clock.GetUtcNow());

        var claims = (await Tokens.OfAsync(await AskAsync(client.ClientId, made.PlainSecret))).Claims;
        Assert.Equal(
            (organization, "notes:read", "gold"),
            (Text(claims, "org_id"), Text(claims, "scope"), Text(claims.GetProperty("custom_claims"), "tier")));
        Assert.Equal(said.Expiry, claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64());
    }

    [Fact]
    public async Task Clients_are_the_same_over_gRPC_and_REST()
    {
        var (company, organization) = (await host.NewCompanyAsync(), NewOrganization());
        var made = await NewAsync(organization, company);
        await AskAsync(made.Client.ClientId, made.PlainSecret);

        var here = await GetAsync(organization, made.Client.ClientId);
        var there = (await host.SendAsync(HttpMethod.Get, PathOf(organization, made.Client.ClientId))).GetProperty("client");
        foreach (var name in new[] { "client_id", "name", "description", "organization_id" })
        {
            Assert.Equal(Text(there, name), M2MClient.Descriptor.FindFieldByName(name).Accessor.GetValue(here));
        }

        Assert.Equal(
            (there.GetProperty("create_time").GetDateTimeOffset(), there.GetProperty("update_time").GetDateTimeOffset()),
            (here.CreateTime.ToDateTimeOffset(), here.UpdateTime.ToDateTimeOffset()));
        var (secret, shown) = (Assert.Single(here.Secrets), there.GetProperty("secrets")[0]);
        Assert.Equal(
            (Text(shown, "id"), Text(shown, "secret_suffix"), shown.GetProperty("last_used_time").GetDateTimeOffset()),
            (secret.Id, secret.SecretSuffix, secret.LastUsedTime.ToDateTimeOffset()));

        await host.SendAsync(
            HttpMethod.Patch,
            $"{PathOf(organization, made.Client.ClientId)}/secrets/{secret.Id}",
            new { status = "INACTIVE", expire_time = "2099-01-01T00:00:00Z" });
        var ending = Assert.Single((await GetAsync(organization, made.Client.ClientId)).Secrets);
        Assert.Equal(
            (ClientSecretStatus.Inactive, new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero)),
            (ending.Status, ending.ExpireTime.ToDateTimeOffset()));
    }

    /// <summary>Protobuf does not distinguish an empty field from an absent one, so an empty field is not changed.</summary>
    [Fact]
    public async Task An_update_keeps_the_fields_that_it_does_not_set()
    {
        var (company, organization) = (await host.NewCompanyAsync(), NewOrganization());
        var before = (await NewAsync(organization, company)).Client;
        var renamed = await ChangeAsync(organization, before.ClientId, new() { Name = "Hourly" });
        Assert.Equal(new M2MClient(before) { Name = "Hourly", UpdateTime = renamed.UpdateTime }, renamed);

        var changed = await ChangeAsync(organization, before.ClientId, new()
        {
            Description = "Imports",
            Scopes = { "notes:write" },
            CustomClaims = { new CustomClaim { Key = "tier", Value = "" } },
            Expiry = 60
        });
        Assert.Equal(("Hourly", "Imports", 60), (changed.Name, changed.Description, changed.Expiry));
        Assert.Equal(["notes:write"], changed.Scopes);
        Assert.Equal(("tier", ""), (Assert.Single(changed.CustomClaims).Key, changed.CustomClaims[0].Value));
        Assert.Equal(changed, await GetAsync(organization, before.ClientId));

        var untouched = await CallAsync<UpdateOrganizationClientResponse>(
            new UpdateOrganizationClientRequest { OrganizationId = organization, ClientId = before.ClientId });
        Assert.Equal(new M2MClient(changed) { UpdateTime = untouched.Client.UpdateTime }, untouched.Client);
    }

    /// <summary>The SDK for Node accepts page sizes up to 100.</summary>
    [Theory]
    [InlineData(0, 30)]
    [InlineData(2, 2)]
    [InlineData(30, 30)]
    [InlineData(100, 30)]
    [InlineData(uint.MaxValue, 30)]
    public async Task Pages_have_the_requested_size_up_to_thirty_clients(uint asked, int size)
    {
        var (company, organization) = (await host.CompanyAsync(), NewOrganization());
        var count = size + 1;
        for (var i = 0; i < count; i++)
        {
            await host.SendAsync(HttpMethod.Post, PathOf(organization), new { name = $"n{i}", audience = new[] { company.ResourceId } });
        }

        var first = await ListAsync(organization, asked);
        var second = await ListAsync(organization, asked, first.NextPageToken);
        Assert.Equal(((uint)count, (uint)count, size, ""), (first.TotalSize, second.TotalSize, first.Clients.Count, second.NextPageToken));
        Assert.Equal(count, first.Clients.Concat(second.Clients).Select(c => c.ClientId).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task A_deleted_client_is_not_found_and_gets_no_token()
    {
        var (company, organization) = (await host.NewCompanyAsync(), NewOrganization());
        var made = await NewAsync(organization, company);
        await CallAsync<Empty>(new DeleteOrganizationClientRequest { OrganizationId = organization, ClientId = made.Client.ClientId });

        await Expect.ErrorAsync(await AskAsync(made.Client.ClientId, made.PlainSecret), 401, "invalid_client");
        Assert.Equal(0u, (await ListAsync(organization)).TotalSize);
        await RefusedAsync(
            new DeleteOrganizationClientRequest { OrganizationId = organization, ClientId = made.Client.ClientId },
            StatusCode.NotFound,
            "CLIENT_NOT_FOUND");
    }

    [Fact]
    public async Task Client_secrets_are_added_and_deleted()
    {
        var (company, organization) = (await host.NewCompanyAsync(), NewOrganization());
        var made = await NewAsync(organization, company);
        var added = await CallAsync<CreateOrganizationClientSecretResponse>(
            new CreateOrganizationClientSecretRequest { OrganizationId = organization, ClientId = made.Client.ClientId });
        Assert.Equal((added.PlainSecret[^4..], ClientSecretStatus.Active), (added.Secret.SecretSuffix, added.Secret.Status));
        await Tokens.OfAsync(await AskAsync(made.Client.ClientId, added.PlainSecret));

        await CallAsync<Empty>(new DeleteOrganizationClientSecretRequest
        {
            OrganizationId = organization,
            ClientId = made.Client.ClientId,
            SecretId = made.Client.Secrets[0].Id
        });
        await Expect.ErrorAsync(await AskAsync(made.Client.ClientId, made.PlainSecret), 401, "invalid_client");
        await Tokens.OfAsync(await AskAsync(made.Client.ClientId, added.PlainSecret));
        Assert.Equal(added.Secret.Id, Assert.Single((await GetAsync(organization, made.Client.ClientId)).Secrets).Id);
    }

    [Fact]
    public async Task A_client_has_at_most_five_secrets()
    {
        var (company, organization) = (await host.NewCompanyAsync(), NewOrganization());
        var client = (await NewAsync(organization, company)).Client.ClientId;
        var another = new CreateOrganizationClientSecretRequest { OrganizationId = organization, ClientId = client };
        for (var i = 0; i < 4; i++)
        {
            await CallAsync<CreateOrganizationClientSecretResponse>(another);
        }

        await RefusedAsync(another, StatusCode.AlreadyExists, "TOO_MANY_SECRETS");
        Assert.Equal(5, (await GetAsync(organization, client)).Secrets.Count);
    }

    [Theory]
    [InlineData("""{}""", "name")]
    [InlineData("""{"name":"a\nb"}""", "name")]
    [InlineData("""{"name":"n","audience":["https://x.example"]}""", "audience")]
    [InlineData("""{"name":"n","scopes":["unknown"]}""", "scopes")]
    [InlineData("""{"name":"n","custom_claims":[{"value":"x"}]}""", "custom_claims")]
    [InlineData("""{"name":"n","custom_claims":[{"key":"a"},{"key":"a"}]}""", "custom_claims")]
    [InlineData("""{"name":"n","expiry":"-1"}""", "expiry")]
    [InlineData("""{"name":"n","expiry":"86401"}""", "expiry")]
    [InlineData(
        """{"audience":["res_0000000000000000000000"],"scopes":["openid"],"expiry":"9223372036854775807"}""", "audience", "expiry", "name",
        "scopes")]
    public async Task A_create_with_wrong_fields_is_refused_naming_each(string client, params string[] wrong)
    {
        var (company, organization) = (await host.CompanyAsync(), NewOrganization());
        var said = OrganizationClient.Parser.ParseJson(client);
        if (said.Audience.Count == 0)
        {
            said.Audience.Add(company.ResourceId);
        }

        var refused = await RefusedAsync(
            new CreateOrganizationClientRequest { OrganizationId = organization, Client = said },
            StatusCode.InvalidArgument,
            "INVALID_ARGUMENT");
        Assert.Equal(wrong, refused.ValidationErrorInfo.FieldViolations.Select(v => v.Field).Order(StringComparer.Ordinal));
        Assert.Equal(0u, (await ListAsync(organization)).TotalSize);
    }

    [Fact]
    public async Task A_create_without_a_client_is_refused_for_the_missing_name()
    {
        var refused = await RefusedAsync(
            new CreateOrganizationClientRequest { OrganizationId = NewOrganization() }, StatusCode.InvalidArgument, "INVALID_ARGUMENT");
        Assert.Contains(refused.ValidationErrorInfo.FieldViolations, v => v is { Field: "name", Description: "is required" });
    }

    [Fact]
    public async Task An_unknown_page_token_is_refused()
    {
        var refused = await RefusedAsync(
            new ListOrganizationClientsRequest { OrganizationId = NewOrganization(), PageToken = "x" },
            StatusCode.InvalidArgument,
            "INVALID_ARGUMENT");
        Assert.Equal("page_token", Assert.Single(refused.ValidationErrorInfo.FieldViolations).Field);
    }

    [Fact]
    public async Task A_client_is_not_found_under_another_organization_or_an_invalid_id()
    {
        var (company, mine, theirs) = (await host.NewCompanyAsync(), NewOrganization(), NewOrganization());
        var made = (await NewAsync(mine, company)).Client;
        const string Unknown = "m2m_0000000000000000000000";

        foreach (var client in new[] { made.ClientId, Unknown, company.ResourceId, "" })
        {
            foreach (var request in WithIds(theirs, client, made.Secrets[0].Id)
                .Where(r => r is not (CreateOrganizationClientRequest or ListOrganizationClientsRequest)))
            {
                await RefusedAsync(request, StatusCode.NotFound, "CLIENT_NOT_FOUND");
            }
        }

        foreach (var organization in new[] { company.ResourceId, LatchkeyHost.OperatorId, "", " ", "a\nb", new string('o', 513) })
        {
            foreach (var request in WithIds(organization, made.ClientId, made.Secrets[0].Id))
            {
                await RefusedAsync(request, StatusCode.NotFound, "ORGANIZATION_NOT_FOUND");
            }
        }

        foreach (var secret in new[] { "", company.ResourceId, "sks_0000000000000000000000" })
        {
            await RefusedAsync(
                new DeleteOrganizationClientSecretRequest { OrganizationId = mine, ClientId = made.ClientId, SecretId = secret },
                StatusCode.NotFound,
                "SECRET_NOT_FOUND");
        }

        Assert.Equal(made, await GetAsync(mine, made.ClientId));
    }

    [Theory]
    [InlineData("management", "")]
    [InlineData(
        "read-only",
        "CreateOrganizationClient CreateOrganizationClientSecret DeleteOrganizationClient "
        + "DeleteOrganizationClientSecret UpdateOrganizationClient")]
    [InlineData(
        "login",
        "CreateOrganizationClient CreateOrganizationClientSecret DeleteOrganizationClient DeleteOrganizationClientSecret "
        + "GetOrganizationClient ListOrganizationClients UpdateOrganizationClient")]
    public async Task The_required_roles_are_those_of_the_REST_routes(string role, string forbidden)
    {
        var company = await host.CompanyAsync();
        var made = await host.SendAsync(
            HttpMethod.Post,
            "/api/v1/clients",
            new { name = role, role, connection_ids = role == "login" ? new[] { company.ConnectionId } : [] });
        var token = await host.ManagementTokenAsync(Text(made.GetProperty("client"), "client_id"), Text(made, "plain_secret"));
        var refused = new List<string>();
        foreach (var request in WithIds(company.ResourceId, "", ""))
        {
            var error = await Assert.ThrowsAsync<RpcException>(
                () => GrpcCalls.CallAsync<Empty>(core.CreateCallInvoker(), request, GrpcCalls.Bearers(token)));
            if (error.StatusCode == StatusCode.PermissionDenied)
            {
                refused.Add(request.Descriptor.Name[..^"Request".Length]);
            }
            else
            {
                Assert.Equal(StatusCode.NotFound, error.StatusCode);
            }
        }

        Assert.Equal(forbidden, string.Join(' ', refused.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task A_call_without_a_valid_token_is_unauthenticated()
    {
        foreach (var request in WithIds("acme", "m2m_0000000000000000000000", ""))
        {
            await GrpcCalls.RefusedAsync(
                () => GrpcCalls.CallAsync<Empty>(core.CreateCallInvoker(), request, []), StatusCode.Unauthenticated, "UNAUTHENTICATED");
            await GrpcCalls.RefusedAsync(
                () => GrpcCalls.CallAsync<Empty>(core.CreateCallInvoker(), request, GrpcCalls.Bearers("not-a-token")),
                StatusCode.Unauthenticated,
                "INVALID_TOKEN");
        }
    }

    /// <summary>If the condition were ignored, the caller could overwrite a change that it has not seen.</summary>
    [Fact]
    public async Task An_update_is_refused_when_If_Match_names_another_state()
    {
        var (company, organization) = (await host.NewCompanyAsync(), NewOrganization());
        var client = (await NewAsync(organization, company)).Client.ClientId;
        var request =
            new UpdateOrganizationClientRequest { OrganizationId = organization, ClientId = client, Client = new() { Name = "Hourly" } };
        var metadata = GrpcCalls.Bearers(await host.OperatorTokenAsync());
        metadata.Add("if-match", "\"7\"");

        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.CallAsync<UpdateOrganizationClientResponse>(core.CreateCallInvoker(), request, metadata),
            StatusCode.FailedPrecondition,
            "PRECONDITION_FAILED");
        Assert.Equal("Nightly", (await GetAsync(organization, client)).Name);
    }

    private static string NewOrganization() => $"org/{Interlocked.Increment(ref organizations)} über gRPC";

    private static string PathOf(string organization, string client = "") =>
        $"/api/v1/organizations/{Uri.EscapeDataString(organization)}/clients/{client}".TrimEnd('/');

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static OrganizationClient Nightly(string audience) => new()
    {
        Name = "Nightly",
        Description = "Exports",
        Audience = { audience },
        Scopes = { "notes:read" },
        CustomClaims = { new CustomClaim { Key = "tier", Value = "gold" } },
        Expiry = 900,
    };

    /// <summary>One request per method, with these ids.</summary>
    private static IReadOnlyList<IMessage> WithIds(string organization, string client, string secret) =>
    [
        new CreateOrganizationClientRequest { OrganizationId = organization },
        new GetOrganizationClientRequest { OrganizationId = organization, ClientId = client },
        new ListOrganizationClientsRequest { OrganizationId = organization },
        new UpdateOrganizationClientRequest { OrganizationId = organization, ClientId = client, Client = new() { Name = "stolen" } },
        new CreateOrganizationClientSecretRequest { OrganizationId = organization, ClientId = client },
        new DeleteOrganizationClientSecretRequest { OrganizationId = organization, ClientId = client, SecretId = secret },
        new DeleteOrganizationClientRequest { OrganizationId = organization, ClientId = client },
    ];

    private Task<CreateOrganizationClientResponse> NewAsync(string organization, Company company) =>
        CallAsync<CreateOrganizationClientResponse>(
            new CreateOrganizationClientRequest { OrganizationId = organization, Client = Nightly(company.ResourceId) });

    private async Task<M2MClient> GetAsync(string organization, string client) =>
        (await CallAsync<GetOrganizationClientResponse>(
            new GetOrganizationClientRequest { OrganizationId = organization, ClientId = client })).Client;

    private async Task<M2MClient> ChangeAsync(string organization, string client, OrganizationClient said) =>
        (await CallAsync<UpdateOrganizationClientResponse>(
            new UpdateOrganizationClientRequest { OrganizationId = organization, ClientId = client, Client = said })).Client;

    private Task<ListOrganizationClientsResponse> ListAsync(string organization, uint size = 0, string token = "") =>
        CallAsync<ListOrganizationClientsResponse>(
            new ListOrganizationClientsRequest { OrganizationId = organization, PageSize = size, PageToken = token });

    private Task<HttpResponseMessage> AskAsync(string client, string secret) =>
        host.Anonymous.PostAsync(
            "/oauth/token",
            new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", client), new("client_secret", secret)]));

    private async Task<TAnswer> CallAsync<TAnswer>(IMessage request)
        where TAnswer : class, IMessage<TAnswer>, new() =>
        await GrpcCalls.CallAsync<TAnswer>(core.CreateCallInvoker(), request, GrpcCalls.Bearers(await host.OperatorTokenAsync()));

    private Task<ErrorInfo> RefusedAsync(IMessage request, StatusCode status, string errorCode) =>
        GrpcCalls.RefusedAsync(() => CallAsync<Empty>(request), status, errorCode);
}
