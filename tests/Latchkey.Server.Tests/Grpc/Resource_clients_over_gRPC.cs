using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Latchkey.Server.Grpc.Messages;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Grpc;

public sealed class Resource_clients_over_gRPC_on_SQLite(OnSqlite host) : Resource_clients_over_gRPC(host), IClassFixture<OnSqlite>;

public sealed class Resource_clients_over_gRPC_on_PostgreSQL(OnPostgres host) : Resource_clients_over_gRPC(host), IClassFixture<OnPostgres>;

public abstract class Resource_clients_over_gRPC(LatchkeyHost host) : IDisposable
{
    private const string Callback = "https://client.example/callback";

    private readonly GrpcChannel channel = GrpcChannel.ForAddress(host.BaseUrl);

    public void Dispose()
    {
        channel.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_created_client_signs_users_in()
    {
        var company = await host.NewCompanyAsync();
        var made = await NewAsync(company);
        Assert.Equal(
            ("Back office", "Nightly", company.ResourceId, Callback),
            (made.Client.Name, made.Client.Description, made.Client.ResourceId, Assert.Single(made.Client.RedirectUris)));
        Assert.Equal(
            (made.PlainSecret[^4..], false, false, ""),
            (Assert.Single(made.Client.Secrets).SecretSuffix, made.Client.IsDcr, made.Client.IsCimd, made.Client.OrganizationId));

        Assert.Equal("notes:read", (await new McpClient(company, made.Client.ClientId, made.PlainSecret, Callback).TokensAsync()).Scope);
    }

    [Fact]
    public async Task The_users_who_consented_are_returned_over_gRPC_and_REST()
    {
        var company = await host.NewCompanyAsync();
        var (made, other) = (await NewAsync(company), await NewAsync(company));
        await new McpClient(company, made.Client.ClientId, made.PlainSecret, Callback).TokensAsync();

        var request = new GetResourceClientRequest { ResourceId = company.ResourceId, ClientId = made.Client.ClientId };
        var person = Assert.Single((await CallAsync<GetResourceClientResponse>(request)).ConsentedUsers);
        Assert.Equal(["notes:read"], person.Scopes);
        var there = Assert.Single(
            (await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/clients/{made.Client.ClientId}"))
                .GetProperty("consented_users").EnumerateArray());
        Assert.Equal((person.ConsentId, person.ExternalUserId), (Text(there, "consent_id"), Text(there, "external_user_id")));
        var listed = Assert.Single((await host.SendAsync(HttpMethod.Get, $"/api/v1/user_consents?client_id={made.Client.ClientId}"))
            .GetProperty("consents").EnumerateArray());
        Assert.Equal(person.ConsentId, Text(listed, "id"));
        Assert.Empty((await CallAsync<GetResourceClientResponse>(
            new GetResourceClientRequest { ResourceId = company.ResourceId, ClientId = other.Client.ClientId })).ConsentedUsers);

        await host.SendAsync(HttpMethod.Delete, $"/api/v1/clients/{made.Client.ClientId}/consents/{person.ConsentId}");
        Assert.Empty((await CallAsync<GetResourceClientResponse>(request)).ConsentedUsers);
    }

    [Fact]
    public async Task Created_and_registered_clients_are_the_same_over_gRPC_and_REST()
    {
        var company = await host.NewCompanyAsync();
        var made = (await NewAsync(company)).Client;
        var registered = await McpClient.RegisterAsync(company);

        var listed = await CallAsync<ListResourceClientsResponse>(new ListResourceClientsRequest { ResourceId = company.ResourceId });
        Assert.Equal((1, 1), (listed.TotalDcrClients, listed.TotalStaticClients));
        Assert.Equal(
            new[] { made.ClientId, registered.Id }.Order(StringComparer.Ordinal),
            listed.Clients.Select(c => c.ClientId).Order(StringComparer.Ordinal));
        Assert.Equal([registered.Id], listed.Clients.Where(c => c.IsDcr).Select(c => c.ClientId));
        Assert.Equal(made, await GetAsync(company, made.ClientId));
        var there = (await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/clients/{made.ClientId}"))
            .GetProperty("client");
        Assert.Equal(
            (Text(there, "name"), there.GetProperty("create_time").GetDateTimeOffset()), (made.Name, made.CreateTime.ToDateTimeOffset()));
    }

    /// <summary>A mask distinguishes a field to clear from a field that is not set.</summary>
    [Fact]
    public async Task An_update_changes_the_fields_of_its_mask_or_without_a_mask_the_fields_that_are_set()
    {
        var company = await host.NewCompanyAsync();
        var before = (await NewAsync(company)).Client;
        var renamed = await ChangeAsync(company, before.ClientId, new() { Name = "Front office" });
        Assert.Equal(new M2MClient(before) { Name = "Front office", UpdateTime = renamed.UpdateTime }, renamed);

        var masked = await ChangeAsync(
            company, before.ClientId, new() { Name = "not looked at", Expiry = 60 }, "description", "scopes", "expiry");
        Assert.Equal(("Front office", "", 0, 60), (masked.Name, masked.Description, masked.Scopes.Count, masked.Expiry));
        Assert.Equal(masked, await GetAsync(company, before.ClientId));
    }

    [Theory]
    [InlineData("name", "name")]
    [InlineData("client_id", "client_id")]
    [InlineData("redirect_uris,expiry,nothing", "nothing")]
    public async Task An_update_mask_with_an_invalid_field_changes_nothing(string mask, string wrong)
    {
        var company = await host.CompanyAsync();
        var made = (await NewAsync(company)).Client;
        var refused = await RefusedAsync(
            new UpdateResourceClientRequest
            {
                ResourceId = company.ResourceId,
                ClientId = made.ClientId,
                Client = new(),
                UpdateMask = new() { Paths = { mask.Split(',') } }
            },
            StatusCode.InvalidArgument, "INVALID_ARGUMENT");

        Assert.Equal(wrong, Assert.Single(refused.ValidationErrorInfo.FieldViolations).Field);
        Assert.Equal(made, await GetAsync(company, made.ClientId));
    }

    [Fact]
    public async Task A_create_with_wrong_fields_is_refused_naming_each()
    {
        var company = await host.NewCompanyAsync();
        var other = await host.NewCompanyAsync();
        var client = new ResourceClient
        {
            RedirectUris = { "javascript:alert(1)" },
            Scopes = { "unknown" },
            Audience = { other.ResourceId },
            Expiry = -1
        };

        var refused = await RefusedAsync(
            new CreateResourceClientRequest { ResourceId = company.ResourceId, Client = client },
            StatusCode.InvalidArgument,
            "INVALID_ARGUMENT");
        Assert.Equal(
            ["audience", "expiry", "name", "redirect_uris", "scopes"],
            refused.ValidationErrorInfo.FieldViolations.Select(v => v.Field).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_resource_server_is_created_and_changed_over_gRPC()
    {
        var company = await host.NewCompanyAsync();
        var made = await CallAsync<CreateResourceClientResponse>(
            new CreateResourceClientRequest
            {
                ResourceId = company.ResourceId,
                Client = new() { Name = "Server", Use = "resource_server" }
            });
        Assert.Equal("resource_server", made.Client.Use);
        var token = (await (await McpClient.RegisterAsync(company)).TokensAsync()).Access;
        Assert.True(await new ResourceServer(company, made.Client.ClientId, made.PlainSecret).IsActiveAsync(token));

        var refused = await RefusedAsync(
            new UpdateResourceClientRequest
            {
                ResourceId = company.ResourceId,
                ClientId = made.Client.ClientId,
                Client = new() { RedirectUris = { Callback } },
            },
            StatusCode.InvalidArgument, "INVALID_ARGUMENT");
        Assert.Equal("redirect_uris", Assert.Single(refused.ValidationErrorInfo.FieldViolations).Field);
        var changed = await CallAsync<UpdateResourceClientResponse>(
            new UpdateResourceClientRequest
            {
                ResourceId = company.ResourceId,
                ClientId = made.Client.ClientId,
                Client = new(),
                UpdateMask = new() { Paths = { "use" } },
            });
        Assert.Equal("", changed.Client.Use);
        using var answer = await ResourceServer.TryIntrospectAsync(host, made.Client.ClientId, made.PlainSecret, token);
        await Expect.ErrorAsync(answer, 403, "unauthorized_client");
    }

    [Fact]
    public async Task A_deleted_client_is_not_found_and_gets_no_token()
    {
        var company = await host.NewCompanyAsync();
        var made = await NewAsync(company);
        await CallAsync<DeleteResourceClientResponse>(
            new DeleteResourceClientRequest { ResourceId = company.ResourceId, ClientId = made.Client.ClientId });

        await RefusedAsync(
            new GetResourceClientRequest { ResourceId = company.ResourceId, ClientId = made.Client.ClientId },
            StatusCode.NotFound,
            "CLIENT_NOT_FOUND");
        using var answer = await host.Anonymous.PostAsync(
            "/oauth/token",
            new FormUrlEncodedContent(
                [new("grant_type", "client_credentials"), new("client_id", made.Client.ClientId), new("client_secret", made.PlainSecret)]));
        await Expect.ErrorAsync(answer, 401, "invalid_client");
    }

    [Fact]
    public async Task A_client_is_not_found_under_another_resource_or_an_invalid_id()
    {
        var (company, other) = (await host.NewCompanyAsync(), await host.NewCompanyAsync());
        var made = (await NewAsync(company)).Client;

        foreach (var request in WithIds(other.ResourceId, made.ClientId)
            .Where(r => r is not (CreateResourceClientRequest or ListResourceClientsRequest)))
        {
            await RefusedAsync(request, StatusCode.NotFound, "CLIENT_NOT_FOUND");
        }

        foreach (var resource in new[] { "res_0000000000000000000000", company.ConnectionId, "" })
        {
            foreach (var request in WithIds(resource, made.ClientId))
            {
                await RefusedAsync(request, StatusCode.NotFound, "RESOURCE_NOT_FOUND");
            }
        }

        Assert.Equal(made, await GetAsync(company, made.ClientId));
    }

    [Theory]
    [InlineData("read-only", "CreateResourceClient DeleteResourceClient UpdateResourceClient")]
    [InlineData("login", "CreateResourceClient DeleteResourceClient GetResourceClient ListResourceClients UpdateResourceClient")]
    public async Task The_required_roles_are_those_of_the_REST_routes(string role, string forbidden)
    {
        var company = await host.CompanyAsync();
        var made = await host.SendAsync(
            HttpMethod.Post,
            "/api/v1/clients",
            new { name = role, role, connection_ids = role == "login" ? new[] { company.ConnectionId } : [] });
        var token = await host.ManagementTokenAsync(Text(made.GetProperty("client"), "client_id"), Text(made, "plain_secret"));

        foreach (var request in WithIds("res_0000000000000000000000", ""))
        {
            var isForbidden = forbidden.Split(' ').Contains(request.Descriptor.Name[..^"Request".Length]);
            await GrpcCalls.RefusedAsync(
                () => GrpcCalls.CallAsync<Empty>(channel.CreateCallInvoker(), request, GrpcCalls.Bearers(token)),
                isForbidden ? StatusCode.PermissionDenied : StatusCode.NotFound,
                isForbidden ? "FORBIDDEN" : "RESOURCE_NOT_FOUND");
        }
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    /// <summary>One request per method, with these ids.</summary>
    private static IReadOnlyList<IMessage> WithIds(string resource, string client) =>
    [
        new CreateResourceClientRequest { ResourceId = resource },
        new GetResourceClientRequest { ResourceId = resource, ClientId = client },
        new ListResourceClientsRequest { ResourceId = resource },
        new UpdateResourceClientRequest { ResourceId = resource, ClientId = client, Client = new() { Name = "stolen" } },
        new DeleteResourceClientRequest { ResourceId = resource, ClientId = client },
    ];

    private Task<CreateResourceClientResponse> NewAsync(Company company) =>
        CallAsync<CreateResourceClientResponse>(new CreateResourceClientRequest
        {
            ResourceId = company.ResourceId,
            Client = new() { Name = "Back office", Description = "Nightly", RedirectUris = { Callback }, Scopes = { "notes:read" } },
        });

    private async Task<M2MClient> GetAsync(Company company, string client) =>
        (await CallAsync<GetResourceClientResponse>(
            new GetResourceClientRequest { ResourceId = company.ResourceId, ClientId = client })).Client;

    private async Task<M2MClient> ChangeAsync(Company company, string client, ResourceClient said, params string[] mask) =>
        (await CallAsync<UpdateResourceClientResponse>(new UpdateResourceClientRequest
        {
            ResourceId = company.ResourceId,
            ClientId = client,
            Client = said,
            UpdateMask = mask.Length == 0 ? null : new() { Paths = { mask } },
        })).Client;

    private async Task<TAnswer> CallAsync<TAnswer>(IMessage request)
        where TAnswer : class, IMessage<TAnswer>, new() =>
        await GrpcCalls.CallAsync<TAnswer>(channel.CreateCallInvoker(), request, GrpcCalls.Bearers(await host.OperatorTokenAsync()));

    private Task<ErrorInfo> RefusedAsync(IMessage request, StatusCode status, string errorCode) =>
        GrpcCalls.RefusedAsync(() => CallAsync<Empty>(request), status, errorCode);
}
