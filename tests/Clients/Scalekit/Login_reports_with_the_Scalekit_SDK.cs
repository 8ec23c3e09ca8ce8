using System.Text.Json;
using Clients.Programs;
using Microsoft.Data.Sqlite;

namespace Clients.Scalekit;

public sealed class Login_reports_with_the_Scalekit_SDK_over_HTTP(ServerOverHttp server)
    : Login_reports_with_the_Scalekit_SDK(server), IClassFixture<ServerOverHttp>;

public sealed class Login_reports_with_the_Scalekit_SDK_over_TLS(ServerOverTls server)
    : Login_reports_with_the_Scalekit_SDK(server), IClassFixture<ServerOverTls>;

/// <summary>Login reports through Scalekit's SDK. The numbers are gRPC statuses, the names are the SDK's exception classes.</summary>
public abstract class Login_reports_with_the_Scalekit_SDK(LatchkeyServer server)
{
    private const string UnknownLoginRequest = "lri_0000000000000000000000";
    private const string Report = "HTTP/2 POST /scalekit.v1.auth.AuthService/UpdateLoginUserDetails";
    private const string TokenRequest = "HTTP/1.1 POST /oauth/token";
    private const int InvalidArgument = 3;
    private const int NotFound = 5;
    private const int AlreadyExists = 6;
    private const int Unimplemented = 12;

    private static readonly object User = new { sub = "user_1", email = "user@app.example" };

    [Fact]
    public async Task Every_field_of_a_reported_user_arrives_on_a_state_only_connection()
    {
        await using var app = await ScalekitApp.StartAsync(server, "state_only");
        await app.SucceedAsync("signIn", new
        {
            user = new
            {
                sub = "grace",
                email = "grace@globex.example",
                givenName = "Grace",
                familyName = "Hopper",
                emailVerified = true,
                phoneNumber = "+1 555 0100",
                phoneNumberVerified = true,
                name = "Rear Admiral Grace Hopper",
                preferredUsername = "amazing_grace",
                picture = "https://globex.example/grace.png",
                gender = "female",
                locale = "en-US",
                groups = new[] { "navy", "cobol" },
                customAttributes = new { plan = "gold", seats = 3, nested = new { deep = new[] { true } }, sub = "another user" },
                organizationExternalId = "globex",
                roles = new[] { "admiral" },
                organizationExternalName = "Globex Corporation",
                loginFailed = false,
            },
        });

        var pending = await app.RequestAuthorizationAsync();
        var consent = await app.ContinueAsync((await app.OpenLoginPageAsync(pending.AuthorizationUrl)).Page);
        Assert.Equal(["Rear Admiral Grace Hopper"], consent.Read("user"));
        Assert.Equal(["Globex Corporation"], consent.Read("organization"));

        var claims = Jwt.Claims(await app.AllowAsync(consent, pending));
        Assert.Equal(
            ("grace", "grace@globex.example", "Rear Admiral Grace Hopper", "globex", """["admiral"]"""),
            (Text(claims, "sub"), Text(claims, "email"), Text(claims, "name"), Text(claims, "org_id"),
                claims.GetProperty("roles").GetRawText()));
        var custom = claims.GetProperty("custom_claims");
        Assert.Equal(("gold", 3, true, "another user"), (
            Text(custom, "plan"), custom.GetProperty("seats").GetInt32(), custom.GetProperty("nested").GetProperty("deep")[0].GetBoolean(),
            Text(custom, "sub")));

        var kept = Snapshot(app.ConnectionId, "grace");
        Assert.Equal(
            ("Grace", "Hopper", "+1 555 0100", "amazing_grace", "https://globex.example/grace.png", "female", "en-US"),
            (Text(kept, "given_name"), Text(kept, "family_name"), Text(kept, "phone_number"),
                Text(kept, "preferred_username"), Text(kept, "picture"), Text(kept, "gender"), Text(kept, "locale")));
        Assert.True(kept.GetProperty("email_verified").GetBoolean() && kept.GetProperty("phone_number_verified").GetBoolean());
        Assert.Equal("""["navy","cobol"]""", kept.GetProperty("groups").GetRawText());
        Assert.Equal("Globex Corporation", Text(kept, "organization_name"));
    }

    [Fact]
    public async Task A_login_with_auth_request_id_completes_where_the_connection_requires_it()
    {
        await using var app = await ScalekitApp.StartAsync(server);

        var claims = Jwt.Claims(await app.TokenAsync());

        Assert.Equal(("user_1", app.ConnectionId), (Text(claims, "sub"), Text(claims, "connection_id")));
    }

    [Fact]
    public async Task The_SDK_fetches_a_token_after_the_first_refused_call_and_caches_it()
    {
        await using var app = await ScalekitApp.StartAsync(server);
        var (_, loginRequest, _) = await app.OpenLoginPageAsync((await app.RequestAuthorizationAsync()).AuthorizationUrl);

        var first = await app.SucceedAsync("report", new { loginRequest, user = User });
        Assert.Equal([Report, TokenRequest, Report], first.Texts("sent"));

        var again = await app.SucceedAsync("report", new { loginRequest, user = User });
        Assert.Equal([Report], again.Texts("sent"));
        Assert.Equal(Text(first.Json, "authRequestId"), Text(again.Json, "authRequestId"));
        Assert.StartsWith("req_", Text(first.Json, "authRequestId"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_login_returns_access_denied_to_the_client()
    {
        await using var app = await ScalekitApp.StartAsync(server);
        var pending = await app.RequestAuthorizationAsync();
        var (_, loginRequest, state) = await app.OpenLoginPageAsync(pending.AuthorizationUrl);

        await app.SucceedAsync("report", new { loginRequest, user = new { loginFailed = true } });

        var denied = await app.OpenForClientAsync(
            new Uri($"{server.BaseUrl}/sso/v1/connections/{app.ConnectionId}/partner:callback?state={state}"), pending);
        Assert.Equal("access_denied", denied.Error?.Code?.GetString());
    }

    [Fact]
    public async Task Each_error_becomes_the_SDKs_exception_with_the_servers_error_code()
    {
        await using var app = await ScalekitApp.StartAsync(server);
        await using var other = await ScalekitApp.StartAsync(server);
        var (_, loginRequest, _) = await app.OpenLoginPageAsync((await app.RequestAuthorizationAsync()).AuthorizationUrl);

        ScalekitApp.ExpectError(
            await app.RunAsync("report", new { loginRequest = UnknownLoginRequest, user = User }), "ScalekitNotFoundException", NotFound,
            404, "LOGIN_REQUEST_NOT_FOUND");
        ScalekitApp.ExpectError(
            await other.RunAsync("report", new { loginRequest, user = User, connection = app.ConnectionId }), "ScalekitNotFoundException",
            NotFound, 404, "CONNECTION_NOT_FOUND");
        ScalekitApp.ExpectError(
            await other.RunAsync("report", new { loginRequest, user = User }), "ScalekitNotFoundException", NotFound, 404,
            "LOGIN_REQUEST_NOT_FOUND");

        var incomplete = await app.RunAsync("report", new { loginRequest, user = new { sub = "user_1" } });
        ScalekitApp.ExpectError(incomplete, "ScalekitBadRequestException", InvalidArgument, 400, "INVALID_ARGUMENT");
        Assert.Equal(["email"], incomplete.Error!.Fields!);

        await app.SucceedAsync("report", new { loginRequest, user = User });
        ScalekitApp.ExpectError(
            await app.RunAsync("report", new { loginRequest, user = new { sub = "user_2", email = "2@app.example" } }),
            "ScalekitConflictException", AlreadyExists, 409, "OTHER_USER_REPORTED");

        ScalekitApp.ExpectError(
            await app.RunAsync("listOrganizations"), "ScalekitNotImplementedException", Unimplemented, 501, "UNIMPLEMENTED");
    }

    [Fact]
    public async Task A_wrong_client_secret_is_unauthorized()
    {
        await using var app = await ScalekitApp.StartAsync(server, secret: "not-the-secret");

        // A token request within a call fails with the HTTP library's error. An explicit token request fails with the SDK's exception.
        var within = (await app.RunAsync("report", new { loginRequest = UnknownLoginRequest, user = User })).Error;
        Assert.Equal(("AxiosError", 401, "invalid_client"), (within?.Name, within?.Status, within?.Answer));
        var byName = (await app.RunAsync("clientToken", new { secret = "not-the-secret" })).Error;
        Assert.Equal(("ScalekitUnauthorizedException", 401), (byName?.Name, byName?.HttpStatus));
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task The_SDK_validates_the_issued_tokens(string algorithm)
    {
        await using var app = await ScalekitApp.StartAsync(server, algorithm: algorithm);
        var token = await app.TokenAsync();
        Assert.Equal(algorithm, Jwt.Algorithm(token));
        string[] scopes = ["notes:read", "notes:write"];

        foreach (var audience in new[] { app.ResourceId, app.ResourceUri })
        {
            var valid = await app.SucceedAsync(
                "validate", new { token, options = new { issuer = app.Issuer, audience = new[] { audience }, requiredScopes = scopes } });
            Assert.Equal("user_1", Text(valid["claims"], "sub"));
        }

        await InvalidAsync(new { issuer = server.BaseUrl, audience = new[] { app.ResourceUri } }, "\"iss\"");
        await InvalidAsync(new { issuer = app.Issuer, audience = new[] { "https://other.example/mcp" } }, "\"aud\"");
        await InvalidAsync(
            new { issuer = app.Issuer, audience = new[] { app.ResourceUri }, requiredScopes = new[] { "notes:read", "notes:delete" } },
            "notes:delete");
        token = Tampered(token);
        await InvalidAsync(new { issuer = app.Issuer }, "signature verification failed");

        async Task InvalidAsync(object options, string why)
        {
            var error = (await app.RunAsync("validate", new { token, options })).Error;
            Assert.Equal("ScalekitValidateTokenFailureException", error?.Name);
            Assert.Contains(why, error!.Message, StringComparison.Ordinal);
        }
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    /// <summary>Changes the subject and keeps header and signature.</summary>
    private static string Tampered(string token)
    {
        var parts = token.Split('.');
        var claims = Jwt.Claims(token).GetRawText().Replace("\"user_1\"", "\"user_2\"", StringComparison.Ordinal);
        return $"{parts[0]}.{System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(claims))}.{parts[2]}";
    }

    /// <summary>The stored attributes of a user. No token carries all of them.</summary>
    private JsonElement Snapshot(string connectionId, string subject)
    {
        using var database = new SqliteConnection(
            $"Data Source={Path.Combine(server.DataDirectory, "latchkey.db")};Mode=ReadOnly;Pooling=False");
        database.Open();
        using var query = new SqliteCommand(
            "SELECT snapshot FROM users WHERE connection_id = $connection AND subject = $subject", database);
        query.Parameters.AddWithValue("$connection", connectionId);
        query.Parameters.AddWithValue("$subject", subject);
        return JsonSerializer.Deserialize<JsonElement>((string)query.ExecuteScalar()!);
    }
}

public sealed class Expired_login_requests_with_the_Scalekit_SDK(ServerOverHttp server) : IClassFixture<ServerOverHttp>
{
    [Fact]
    public async Task A_report_of_an_expired_login_request_is_a_bad_request()
    {
        await using var app = await ScalekitApp.StartAsync(server);
        var (_, loginRequest, _) = await app.OpenLoginPageAsync((await app.RequestAuthorizationAsync()).AuthorizationUrl);
        await server.ExpireAsync(loginRequest);

        var late = (await app.RunAsync("report", new { loginRequest, user = new { sub = "user_1", email = "user@app.example" } })).Error;

        // FAILED_PRECONDITION
        Assert.Equal(("ScalekitBadRequestException", 9, "LOGIN_REQUEST_EXPIRED"), (late?.Name, late?.GrpcStatus, late?.ErrorCode));
    }
}
