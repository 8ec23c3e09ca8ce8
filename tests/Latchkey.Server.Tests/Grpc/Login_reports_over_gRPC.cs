using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Latchkey.Server.Grpc.Messages;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Grpc;

public sealed class Login_reports_over_gRPC_on_SQLite(OnSqlite host) : Login_reports_over_gRPC(host), IClassFixture<OnSqlite>;

public sealed class Login_reports_over_gRPC_on_PostgreSQL(OnPostgres host) : Login_reports_over_gRPC(host), IClassFixture<OnPostgres>;

public abstract class Login_reports_over_gRPC(LatchkeyHost host) : IDisposable
{
    private const string Unknown = "lri_0000000000000000000000";

    private static readonly User Ada = new() { Sub = "ada", Email = "ada@acme.example" };

    private readonly GrpcChannel channel = GrpcChannel.ForAddress(host.BaseUrl);

    public void Dispose()
    {
        channel.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_report_over_gRPC_is_the_same_operation_as_over_REST()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var details = await browser.StartAsync(client.Authorize());

        var answer = await GrpcCalls.ReportAsync(
            channel.CreateCallInvoker(), company.ConnectionId, details.LoginRequestId, Ada, await company.TokenAsync());
        Assert.Equal((await company.ReportAsync(details.LoginRequestId)).AuthRequestId, answer.AuthRequestId);
        using var allowed = await browser.DecideAsync(
            await browser.ComeBackAsync($"{company.CallbackPath}?state={details.State}&auth_request_id={answer.AuthRequestId}"), "allow",
            "notes:read");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.Equal("ada", tokens.Claims.GetProperty("sub").GetString());
    }

    [Fact]
    public async Task Every_field_of_the_user_reaches_consent_and_token()
    {
        var company = await host.NewCompanyAsync("state_only");
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var details = await browser.StartAsync(client.Authorize());
        var user = new User
        {
            Sub = "grace",
            Email = "grace@globex.example",
            GivenName = "Grace",
            FamilyName = "Hopper",
            EmailVerified = true,
            PhoneNumber = "+1 555 0100",
            PhoneNumberVerified = true,
            Name = "Grace Hopper",
            PreferredUsername = "grace",
            Picture = "https://globex.example/grace.png",
            Gender = "female",
            Locale = "en-US",
            Groups = { "navy" },
            CustomAttributes = new Struct
            {
                Fields = { ["plan"] = Value.ForString("gold"), ["seats"] = Value.ForNumber(3), ["sub"] = Value.ForString("another user") }
            },
            OrganizationExternalId = "globex",
            Roles = { "admiral" },
            OrganizationExternalName = "Globex Corporation",
        };

        await GrpcCalls.ReportAsync(
            channel.CreateCallInvoker(), company.ConnectionId, details.LoginRequestId, user, await company.TokenAsync());
        var consent = await browser.ComeBackAsync($"{company.CallbackPath}?state={details.State}");
        Assert.Contains("Globex Corporation", consent.Html, StringComparison.Ordinal);
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read");
        var claims = (await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]))).Claims;

        Assert.Equal(("grace", "grace@globex.example", "Grace Hopper", "globex", "admiral"), (
            Text(claims, "sub"), Text(claims, "email"), Text(claims, "name"), Text(claims, "org_id"),
            claims.GetProperty("roles")[0].GetString()));
        var custom = claims.GetProperty("custom_claims");
        Assert.Equal(("gold", 3, "another user"), (Text(custom, "plan"), custom.GetProperty("seats").GetInt32(), Text(custom, "sub")));
    }

    [Fact]
    public async Task A_report_of_a_failed_login_sends_the_client_access_denied()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var details = await browser.StartAsync(client.Authorize());

        await GrpcCalls.ReportAsync(
            channel.CreateCallInvoker(), company.ConnectionId, details.LoginRequestId, new User { LoginFailed = true },
            await company.TokenAsync());
        Expect.Redirect(
            await browser.GetAsync($"{company.CallbackPath}?state={details.State}"), client.RedirectUri, "access_denied", company.Issuer);
    }

    /// <summary>Scalekit's Python SDK calls through the gRPC C core, which sends both values as separate headers.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_two_bearer_tokens_the_valid_one_is_used_in_either_order(bool freshFirst)
    {
        var company = await host.NewCompanyAsync();
        using var browser = new Browser(host);
        var details = await browser.StartAsync((await McpClient.RegisterAsync(company)).Authorize());
        var stale = await company.TokenAsync();
        host.Clock.Advance(TimeSpan.FromMinutes(61));
        details = await browser.StartAsync((await McpClient.RegisterAsync(company)).Authorize());
        var fresh = await company.TokenAsync();

        var core = new Channel(new Uri(host.BaseUrl).Authority, ChannelCredentials.Insecure);
        var answer = await GrpcCalls.ReportAsync(
            core.CreateCallInvoker(), company.ConnectionId, details.LoginRequestId, Ada, freshFirst ? [fresh, stale] : [stale, fresh]);
        await core.ShutdownAsync();
        Assert.StartsWith("req_", answer.AuthRequestId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_without_a_valid_token_is_unauthenticated_so_that_the_SDK_retries_with_a_new_one()
    {
        var company = await host.NewCompanyAsync();
        var wire = channel.CreateCallInvoker();

        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(wire, company.ConnectionId, Unknown, Ada), StatusCode.Unauthenticated, "UNAUTHENTICATED");
        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(wire, company.ConnectionId, Unknown, Ada, "not-a-token"),
            StatusCode.Unauthenticated,
            "INVALID_TOKEN");
        var users = await (await McpClient.RegisterAsync(company)).TokensAsync();
        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(wire, company.ConnectionId, Unknown, Ada, users.Access),
            StatusCode.Unauthenticated,
            "INVALID_TOKEN");
    }

    /// <summary>The SDKs begin with a call without a token, which is not recorded.</summary>
    [Fact]
    public async Task A_report_that_is_refused_because_of_its_caller_is_recorded_in_its_sign_in()
    {
        var company = await host.NewCompanyAsync();
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync((await McpClient.RegisterAsync(company)).Authorize());
        var wire = channel.CreateCallInvoker();
        async Task<IEnumerable<string?>> CausesAsync() =>
            (await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{redirect.LoginRequestId}"))
            .GetProperty("auth_request").GetProperty("journey").EnumerateArray()
            .Select(e => e.TryGetProperty("cause", out var cause) ? cause.GetString() : null).Where(c => c is not null);

        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(wire, company.ConnectionId, redirect.LoginRequestId, Ada), StatusCode.Unauthenticated,
            "UNAUTHENTICATED");
        Assert.Empty(await CausesAsync());

        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(wire, company.ConnectionId, redirect.LoginRequestId, Ada, "not-a-token"),
            StatusCode.Unauthenticated, "INVALID_TOKEN");
        Assert.Equal(["report_unauthenticated"], await CausesAsync());

        var reader = await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "reader", role = "read-only" });
        var token = await host.ManagementTokenAsync(
            reader.GetProperty("client").GetProperty("client_id").GetString()!, reader.GetProperty("plain_secret").GetString()!);
        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(wire, company.ConnectionId, redirect.LoginRequestId, Ada, token),
            StatusCode.PermissionDenied, "FORBIDDEN");

        // A credential that may not report for the login page leaves an event of its own.
        Assert.Equal(["report_unauthenticated"], await CausesAsync());
        var own = (await host.SendAsync(HttpMethod.Get, "/api/v1/auth-requests?cause=report_forbidden")).GetProperty("auth_requests")[0];
        Assert.Contains(redirect.LoginRequestId, own.GetProperty("facts").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_are_those_of_REST_with_their_gRPC_status_and_code()
    {
        var company = await host.NewCompanyAsync();
        var other = await host.NewCompanyAsync();
        var wire = channel.CreateCallInvoker();
        var token = await company.TokenAsync();
        using var browser = new Browser(host);
        var client = await McpClient.RegisterAsync(company);
        var details = await browser.StartAsync(client.Authorize());

        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(wire, company.ConnectionId, Unknown, Ada, token), StatusCode.NotFound, "LOGIN_REQUEST_NOT_FOUND");
        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(wire, company.ConnectionId, "", Ada, token), StatusCode.NotFound, "LOGIN_REQUEST_NOT_FOUND");
        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(wire, other.ConnectionId, details.LoginRequestId, Ada, token),
            StatusCode.NotFound,
            "CONNECTION_NOT_FOUND");
        var invalid = await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(wire, company.ConnectionId, details.LoginRequestId, new User { Sub = "skc_ada" }, token),
            StatusCode.InvalidArgument, "INVALID_ARGUMENT");
        Assert.Equal(["email", "sub"], invalid.ValidationErrorInfo.FieldViolations.Select(v => v.Field).Order());

        await GrpcCalls.ReportAsync(wire, company.ConnectionId, details.LoginRequestId, Ada, token);
        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(
                wire, company.ConnectionId, details.LoginRequestId, new User { Sub = "bob", Email = "bob@acme.example" }, token),
            StatusCode.AlreadyExists, "OTHER_USER_REPORTED");

        var late = await browser.StartAsync(client.Authorize());
        host.Clock.Advance(TimeSpan.FromMinutes(16));
        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(wire, company.ConnectionId, late.LoginRequestId, Ada, token),
            StatusCode.FailedPrecondition,
            "LOGIN_REQUEST_EXPIRED");
    }

    [Fact]
    public async Task A_report_by_a_read_only_credential_is_refused()
    {
        var company = await host.NewCompanyAsync();
        var made = await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "Reader", role = "read-only" });
        var token = await host.ManagementTokenAsync(Text(made.GetProperty("client"), "client_id"), Text(made, "plain_secret"));

        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(channel.CreateCallInvoker(), company.ConnectionId, Unknown, Ada, token),
            StatusCode.PermissionDenied, "FORBIDDEN");
    }

    [Theory]
    [InlineData("scalekit.v1.auth.AuthService", "Other")]
    [InlineData("scalekit.v1.organizations.OrganizationService", "ListOrganization")]
    [InlineData("scalekit.v1.clients.ClientService", "RegisterClient")]
    [InlineData("scalekit.v1.clients.ClientService", "CreateResource")]
    [InlineData("oauth", "token")]
    public async Task An_unknown_service_or_method_is_unimplemented(string service, string method)
    {
        using var call = channel.CreateCallInvoker()
            .AsyncUnaryCall(GrpcCalls.MethodOf(service, method), host: null, default, new UpdateLoginUserDetailsRequest());
        await GrpcCalls.RefusedAsync(() => call.ResponseAsync, StatusCode.Unimplemented, "UNIMPLEMENTED");
    }

    /// <summary>Messages that no protobuf library writes: truncated fields, a length beyond the end, invalid UTF-8.</summary>
    [Theory]
    [InlineData(new byte[] { 0x0a, 0x1b, (byte)'c' })]
    [InlineData(new byte[] { 0x0a, 0x02, 0xff, 0xfe })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0x1a, 0x02, 0x0b, 0x0b })]
    public async Task A_malformed_message_is_an_invalid_argument_and_logs_no_exception(byte[] message)
    {
        var logs = Logs.Of(host);
        var method = GrpcCalls.MethodOf("scalekit.v1.auth.AuthService", "UpdateLoginUserDetails");
        var bytes = new Method<byte[], UpdateLoginUserDetailsResponse>(
            MethodType.Unary, method.ServiceName, method.Name, Marshallers.Create<byte[]>(m => m, m => m), method.ResponseMarshaller);
        var options = new CallOptions(GrpcCalls.Bearers(await (await host.CompanyAsync()).TokenAsync()));
        await GrpcCalls.RefusedAsync(
            () => channel.CreateCallInvoker().AsyncUnaryCall(bytes, host: null, options, message).ResponseAsync, StatusCode.InvalidArgument,
            "INVALID_ARGUMENT");

        // The message of a caller without a token is not read.
        await GrpcCalls.RefusedAsync(
            () => channel.CreateCallInvoker().AsyncUnaryCall(bytes, host: null, new CallOptions(), message).ResponseAsync,
            StatusCode.Unauthenticated, "UNAUTHENTICATED");

        Assert.DoesNotContain("Exception", logs.Text, StringComparison.Ordinal);
    }

    /// <summary>A protobuf Value may have no kind, not even null; JSON has no such value.</summary>
    [Fact]
    public async Task A_protobuf_value_without_a_kind_is_an_invalid_argument()
    {
        var company = await host.CompanyAsync();
        using var browser = new Browser(host);
        var details = await browser.StartAsync((await McpClient.RegisterAsync(company)).Authorize());
        var user =
            new User { Sub = "ada", Email = "ada@acme.example", CustomAttributes = new Struct { Fields = { ["desk"] = new Value() } } };
        var token = await company.TokenAsync();

        await GrpcCalls.RefusedAsync(
            () => GrpcCalls.ReportAsync(channel.CreateCallInvoker(), company.ConnectionId, details.LoginRequestId, user, token),
            StatusCode.InvalidArgument,
            "INVALID_ARGUMENT");
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_refused_with_error_details()
    {
        var company = await host.NewCompanyAsync();
        var huge = new User { Sub = "ada", Email = "ada@acme.example", Name = new string('x', 300_000) };

        await GrpcCalls.RefusedAsync(
            async () =>
                await GrpcCalls.ReportAsync(channel.CreateCallInvoker(), company.ConnectionId, Unknown, huge, await company.TokenAsync()),
            StatusCode.ResourceExhausted, "RESOURCE_EXHAUSTED");
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;
}
