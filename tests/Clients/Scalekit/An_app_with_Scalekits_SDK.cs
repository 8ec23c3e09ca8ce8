using System.Text.Json;
using Clients.Programs;
using Microsoft.Data.Sqlite;

namespace Clients.Scalekit;

public sealed class An_app_with_Scalekits_SDK_in_clear_text(InClearText server) : An_app_with_Scalekits_SDK(server), IClassFixture<InClearText>;

public sealed class An_app_with_Scalekits_SDK_over_TLS(OverTls server) : An_app_with_Scalekits_SDK(server), IClassFixture<OverTls>;

/// <summary>Numbers are gRPC's, names are the SDK's exception classes.</summary>
public abstract class An_app_with_Scalekits_SDK(LatchkeyServer server)
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
    public async Task Hands_its_user_over_as_it_is_with_state_alone_and_every_field_arrives()
    {
        await using var app = await ScalekitApp.StartAsync(server, "state_only");
        await app.MustAsync("signIn", new
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
                customAttributes = new { plan = "gold", seats = 3, nested = new { deep = new[] { true } }, sub = "somebody else" },
                organizationExternalId = "globex",
                roles = new[] { "admiral" },
                organizationExternalName = "Globex Corporation",
                loginFailed = false,
            },
        });

        var visitor = await app.AskedAsync();
        var consent = await app.ContinueAsync((await app.ArriveAsync(visitor.Asked)).Page);
        Assert.Equal(["Rear Admiral Grace Hopper"], consent.Read("user"));
        Assert.Equal(["Globex Corporation"], consent.Read("organization"));

        var claims = Jwt.Claims(await app.AllowAsync(consent, visitor));
        Assert.Equal(
            ("grace", "grace@globex.example", "Rear Admiral Grace Hopper", "globex", """["admiral"]"""),
            (Text(claims, "sub"), Text(claims, "email"), Text(claims, "name"), Text(claims, "org_id"), claims.GetProperty("roles").GetRawText()));
        var custom = claims.GetProperty("custom_claims");
        Assert.Equal(("gold", 3, true, "somebody else"), (
            Text(custom, "plan"), custom.GetProperty("seats").GetInt32(), custom.GetProperty("nested").GetProperty("deep")[0].GetBoolean(), Text(custom, "sub")));

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
    public async Task Appends_auth_request_id_where_the_connection_requires_it()
    {
        await using var app = await ScalekitApp.StartAsync(server);

        var claims = Jwt.Claims(await app.TokenAsync());

        Assert.Equal(("user_1", app.ConnectionId), (Text(claims, "sub"), Text(claims, "connection_id")));
    }

    [Fact]
    public async Task Fetches_a_token_when_its_first_call_is_refused_and_tries_again_and_keeps_it()
    {
        await using var app = await ScalekitApp.StartAsync(server);
        var (_, loginRequest, _) = await app.ArriveAsync((await app.AskedAsync()).Asked);

        var first = await app.MustAsync("report", new { loginRequest, user = User });
        Assert.Equal([Report, TokenRequest, Report], first.Texts("sent"));

        var again = await app.MustAsync("report", new { loginRequest, user = User });
        Assert.Equal([Report], again.Texts("sent"));
        Assert.Equal(Text(first.Json, "authRequestId"), Text(again.Json, "authRequestId"));
        Assert.StartsWith("req_", Text(first.Json, "authRequestId"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_that_the_login_failed_and_the_client_hears_access_denied()
    {
        await using var app = await ScalekitApp.StartAsync(server);
        var visitor = await app.AskedAsync();
        var (_, loginRequest, state) = await app.ArriveAsync(visitor.Asked);

        await app.MustAsync("report", new { loginRequest, user = new { loginFailed = true } });

        var denied = await app.LandAsync(new Uri($"{server.BaseUrl}/sso/v1/connections/{app.ConnectionId}/partner:callback?state={state}"), visitor);
        Assert.Equal("access_denied", denied.Error?.Code?.GetString());
    }

    [Fact]
    public async Task Throws_for_each_refusal_the_exception_of_its_kind_with_the_code_of_the_wire()
    {
        await using var app = await ScalekitApp.StartAsync(server);
        await using var other = await ScalekitApp.StartAsync(server);
        var (_, loginRequest, _) = await app.ArriveAsync((await app.AskedAsync()).Asked);

        ScalekitApp.Refused(await app.AskAsync("report", new { loginRequest = UnknownLoginRequest, user = User }), "ScalekitNotFoundException", NotFound, 404, "LOGIN_REQUEST_NOT_FOUND");
        ScalekitApp.Refused(await other.AskAsync("report", new { loginRequest, user = User, connection = app.ConnectionId }), "ScalekitNotFoundException", NotFound, 404, "CONNECTION_NOT_FOUND");
        ScalekitApp.Refused(await other.AskAsync("report", new { loginRequest, user = User }), "ScalekitNotFoundException", NotFound, 404, "LOGIN_REQUEST_NOT_FOUND");

        var incomplete = await app.AskAsync("report", new { loginRequest, user = new { sub = "user_1" } });
        ScalekitApp.Refused(incomplete, "ScalekitBadRequestException", InvalidArgument, 400, "INVALID_ARGUMENT");
        Assert.Equal(["email"], incomplete.Error!.Fields!);

        await app.MustAsync("report", new { loginRequest, user = User });
        ScalekitApp.Refused(await app.AskAsync("report", new { loginRequest, user = new { sub = "user_2", email = "2@app.example" } }), "ScalekitConflictException", AlreadyExists, 409, "OTHER_USER_REPORTED");

        ScalekitApp.Refused(await app.AskAsync("listOrganizations"), "ScalekitNotImplementedException", Unimplemented, 501, "UNIMPLEMENTED");
    }

    [Fact]
    public async Task Is_unauthorized_with_a_wrong_secret()
    {
        await using var app = await ScalekitApp.StartAsync(server, secret: "not-the-secret");

        // The SDK's token request inside a call fails with its HTTP library's error; its own exception is for the request by name.
        var within = (await app.AskAsync("report", new { loginRequest = UnknownLoginRequest, user = User })).Error;
        Assert.Equal(("AxiosError", 401, "invalid_client"), (within?.Name, within?.Status, within?.Answer));
        var byName = (await app.AskAsync("clientToken", new { secret = "not-the-secret" })).Error;
        Assert.Equal(("ScalekitUnauthorizedException", 401), (byName?.Name, byName?.HttpStatus));
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task Validates_the_tokens_that_came_of_it(string algorithm)
    {
        await using var app = await ScalekitApp.StartAsync(server, algorithm: algorithm);
        var token = await app.TokenAsync();
        Assert.Equal(algorithm, Jwt.Algorithm(token));
        string[] scopes = ["notes:read", "notes:write"];

        foreach (var audience in new[] { app.ResourceId, app.ResourceUri })
        {
            var valid = await app.MustAsync("validate", new { token, options = new { issuer = app.Issuer, audience = new[] { audience }, requiredScopes = scopes } });
            Assert.Equal("user_1", Text(valid["claims"], "sub"));
        }

        await InvalidAsync(new { issuer = server.BaseUrl, audience = new[] { app.ResourceUri } }, "\"iss\"");
        await InvalidAsync(new { issuer = app.Issuer, audience = new[] { "https://other.example/mcp" } }, "\"aud\"");
        await InvalidAsync(new { issuer = app.Issuer, audience = new[] { app.ResourceUri }, requiredScopes = new[] { "notes:read", "notes:delete" } }, "notes:delete");
        token = Tampered(token);
        await InvalidAsync(new { issuer = app.Issuer }, "signature verification failed");

        async Task InvalidAsync(object options, string why)
        {
            var error = (await app.AskAsync("validate", new { token, options })).Error;
            Assert.Equal("ScalekitValidateTokenFailureException", error?.Name);
            Assert.Contains(why, error!.Message, StringComparison.Ordinal);
        }
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    /// <summary>The same header and signature, another subject.</summary>
    private static string Tampered(string token)
    {
        var parts = token.Split('.');
        var claims = Jwt.Claims(token).GetRawText().Replace("\"user_1\"", "\"user_2\"", StringComparison.Ordinal);
        return $"{parts[0]}.{System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(claims))}.{parts[2]}";
    }

    /// <summary>What the server keeps of a person; no token carries all of it.</summary>
    private JsonElement Snapshot(string connectionId, string subject)
    {
        using var database = new SqliteConnection($"Data Source={Path.Combine(server.DataDirectory, "latchkey.db")};Mode=ReadOnly;Pooling=False");
        database.Open();
        using var query = new SqliteCommand("SELECT snapshot FROM users WHERE connection_id = $connection AND subject = $subject", database);
        query.Parameters.AddWithValue("$connection", connectionId);
        query.Parameters.AddWithValue("$subject", subject);
        return JsonSerializer.Deserialize<JsonElement>((string)query.ExecuteScalar()!);
    }
}

public sealed class A_login_request_that_is_too_old(WithShortLogins server) : IClassFixture<WithShortLogins>
{
    [Fact]
    public async Task Is_a_bad_request_to_Scalekits_SDK()
    {
        await using var app = await ScalekitApp.StartAsync(server);
        var (_, loginRequest, _) = await app.ArriveAsync((await app.AskedAsync()).Asked);
        await Task.Delay(TimeSpan.FromSeconds(3));

        var late = (await app.AskAsync("report", new { loginRequest, user = new { sub = "user_1", email = "user@app.example" } })).Error;

        // FAILED_PRECONDITION
        Assert.Equal(("ScalekitBadRequestException", 9, "LOGIN_REQUEST_EXPIRED"), (late?.Name, late?.GrpcStatus, late?.ErrorCode));
    }
}
