using System.Text;
using System.Text.Json.Nodes;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

public sealed class Validation_of_request_members_on_SQLite(OnSqlite host) : Validation_of_request_members(host), IClassFixture<OnSqlite>;

public sealed class Validation_of_request_members_on_PostgreSQL(OnPostgres host)
    : Validation_of_request_members(host), IClassFixture<OnPostgres>;

/// <summary>
/// Sends every member of every request body with values of every wrong type: each is 400, names the member and changes nothing. Fields
/// that have no row here get values of the wrong types from their table.
/// </summary>
public abstract class Validation_of_request_members(LatchkeyHost host)
{
    private const string NoText = """7|true|[]|{}|["x"]""";
    private const string NoYesNo = """ "true"|""|0|1|[]|{}""";
    private const string NoTexts = """ "x"|7|true|{}|[7]|[null]|[["x"]]|[{}]|["x",7]""";
    private const string NoSeconds =
        """ "x"|""|"1e3"|"1.5"|" 5"|true|[]|{}|-1|"-1"|1.5|1e400|-1e400|99999999999999999999|"99999999999999999999" """;

    /// <summary>{n} stands for n times the letter x.</summary>
    private const string TooLong = "\"{513}\"";

    private static readonly (string Call, string Member, string Values)[] Wrong =
    [
        ("POST resources", "resource_type", NoText + """|"OTHER"|""|"mcp_server" """),
        ("POST resources", "name", NoText + """|null|""|"{129}"|"a\u0000b"|"a\u001bb" """),
        ("POST resources", "resource_uri",
            NoText
            + """
              |null|""|"mcp"|"/mcp"|"//x.example"|"https://"|"https://x.example/#f"|"https://u@x.example/"
              |"https://x.example/ y"|"https://x.example/\u0000"|"https://é.example"|"urn:x:y"
              |"https://x.example/{512}"
              """),
        ("POST resources", "description", NoText + "|" + TooLong + """|"a\u0000b" """),
        ("POST resources", "logo_uri",
            NoText + "|" + TooLong
            + """|"logo.png"|"javascript:alert(1)"|"data:image/png;base64,x"|"ftp://x.example/l"|"https://x.example/\u0000" """),
        ("POST resources", "scopes",
            """
            "x"|7|true|{}|[7]|[null]|[true]|[["x"]]|[""]|["a b"]|["a\"b"]|["a\\b"]|["é"]|["a\u0000b"]|["{129}"]
            |["a","a"]|["openid"]|["offline_access"]|[{}]|[{"name":7}]|[{"name":""}]|[{"name":"a","description":7}]
            |[{"name":"a","description":"{513}"}]|[{"name":"a","enabled":"yes"}]|[{"name":"a","color":"red"}]
            |[{"name":"a"},{"name":"a"}]|[{"name":"a","access":7}]|[{"name":"a","access":"Read"}]|[{"name":"a","access":""}]
            """),
        ("POST resources", "default_scopes", NoTexts + """|["unknown"]|["notes:read"]|["openid"]|[""]|["{129}"]"""),
        ("POST resources", "token_claims", NoTexts + """|["sub"]|["Email"]|["email","email"]|["email","phone"]|[""]"""),
        ("POST resources", "access_token_expiry", NoSeconds + "|86401"),
        ("POST resources", "refresh_token_expiry", NoSeconds + "|315360001"),
        ("POST resources", "grant_expiry", NoSeconds + "|315360001"),
        ("POST resources", "disable_dynamic_client_registration", NoYesNo),
        ("POST resources", "enable_cimd", NoYesNo),
        ("POST resources", "require_initial_access_token", NoYesNo),
        ("POST resources", "require_fresh_login", NoYesNo),
        ("POST resources", "scopes_can_be_unticked", NoYesNo),
        ("POST resources", "signing_algorithm", NoText + """|""|"none"|"HS256"|"rs256"|"0" """),
        ("POST resources", "token_issuer", NoText + """|""|"Resource"|"https://evil.example" """),
        ("POST resources", "connection_id", NoText + """|"x"|"conn_0000000000000000000000"|"{res}" """),
        ("POST resources", "custom_connection_settings", "7|{}"),
        ("POST resources", "resource_name", "\"x\"|null"),
        ("POST resources", "id", "\"res_0000000000000000000000\""),
        ("PATCH resource", "name", NoText + """|null|""|"{129}" """),
        ("PATCH resource", "resource_uri", NoText + """|null|""|"mcp"|"{base}/api" """),
        ("PATCH resource", "scopes", """ "x"|[7]|["a b"]|["a","a"]"""),
        ("PATCH resource", "default_scopes", """ "x"|[7]|["unknown"]|["notes:read","unknown"]"""),
        ("PATCH resource", "token_claims", """ "x"|[7]|["unknown"]"""),
        ("PATCH resource", "access_token_expiry", NoSeconds),
        ("PATCH resource", "enable_cimd", NoYesNo),
        ("PATCH resource", "signing_algorithm", "7|\"none\""),
        ("PATCH resource", "connection_id", "7|\"conn_0000000000000000000000\""),
        ("PATCH resource", "custom_connection_settings",
            """
            "x"|7|[]|{}|{"authorize_uri":7}|{"authorize_uri":""}|{"authorize_uri":"javascript:alert(1)"}
            |{"authorize_uri":"https://x.example/#f"}|{"authorize_uri":"https://x.example/","more":1}
            """),
        ("PATCH resource", "update_time", "1"),
        ("POST connection", "login_url",
            NoText
            + """
              |""|"/login"|"app.example/login"|"ftp://app.example/"|"http://app.example/login"
              |"javascript:alert(1)"|"https://app.example/#f"|"https://app.example/#"|"https://u:p@app.example/"
              |"https://app.example/\r\nX: y"|"https://app.example/ x"|" https://app.example/"
              |"https://app.example/\u0000"|"https://app.example/é"|"https://app.example\\x"|"https:///x"
              |"https://app.example/{500}"
              """),
        ("POST connection", "callback_verification", NoText + """|""|"none"|"Required"|"stateonly" """),
        ("POST connection", "enabled", NoYesNo),
        ("POST connection", "type", "\"CUSTOM\""),
        ("PATCH connection", "login_url", NoText + """|""|"http://app.example/login" """),
        ("PATCH connection", "callback_verification", NoText),
        ("PATCH connection", "enabled", NoYesNo),
        ("PATCH connection", "id", "\"x\""),
        ("POST client", "name", NoText + """|null|""|"{129}"|"a\u0000b" """),
        ("POST client", "description", NoText + "|" + TooLong),
        ("POST client", "redirect_uris",
            NoTexts
            + """
              |[""]|["x"]|["http://x.example/"]|["https://x.example/#"]|["https://x.example/*"]
              |["https://u@x.example/"]|["javascript:alert(1)"]|["https://x.example/","data:x"]
              |["https://x.example/{2040}"]
              """),
        ("POST client", "scopes", NoTexts + """|["unknown"]|["notes:read","unknown"]|["{129}"]"""),
        ("POST client", "token_endpoint_auth_method", NoText + """|""|"private_key_jwt"|"NONE"|"none" """),
        ("POST client", "client_id", "\"m2m_0000000000000000000000\""),
        ("POST api client", "name", NoText + """|null|""|"{129}" """),
        ("POST api client", "role", NoText + """|null|""|"admin"|"Management" """),
        ("POST api client", "connection_ids", NoTexts + """|["x"]|["conn_0000000000000000000000"]|["{res}"]|["{conn}"]"""),
        ("POST api client", "client_id", "\"skc_x\""),
        ("POST reject", "error", NoText + """|""|"Access Denied"|"ACCESS_DENIED"|"é"|"a\u0000"|"{65}" """),
        ("POST reject", "error_description", NoText + "|\"{201}\""),
        ("POST reject", "login_failed", "true"),
        ("POST revoke user", "sub", NoText + """|null|""|"a\u0000b"|"a\nb"|"{256}"|"m2m_x" """),
        ("POST revoke user", "email", "\"a@b.example\""),
        ("POST update user", "sub", NoText + """|null|""|"a\u0000b"|"{256}"|"skc_x" """),
        ("POST update user", "email", NoText + """|null|""|"nobody" """),
        ("POST update user", "shoe_size", "38"),
        ("POST update user", "login_failed", "true"),
        ("POST update user", "acr", "\"mfa\""),
    ];

    private static readonly (string Call, FieldTable Table, FieldUse Use)[] Tables =
    [
        ("POST resources", ResourceFields.Table, FieldUse.Create),
        ("PATCH resource", ResourceFields.Table, FieldUse.Change),
        ("POST connection", ConnectionFields.Table, FieldUse.Change),
        ("PATCH connection", ConnectionFields.Table, FieldUse.Change),
        ("POST client", ClientFields.Table, FieldUse.Create),
        ("POST api client", ApiClientFields.Table, FieldUse.Create),
    ];

    private static IEnumerable<(string Call, string Member, string Values)> OfTables() =>
        from call in Tables
        from field in call.Table.Declared
        where field.Use.HasFlag(call.Use) && !Array.Exists(Wrong, row => row.Call == call.Call && row.Member == field.Name)
        select (call.Call, field.Name, WrongValues(field.Shape.Request(call.Use)));

    private static string WrongValues(JsonObject schema) => FieldBodies.TypeOf(schema) switch
    {
        "boolean" => NoYesNo,
        "integer" => NoSeconds,
        "string" => NoText,
        "array" when FieldBodies.TypeOf(schema["items"]!.AsObject()) == "string" => NoTexts,
        "array" => """ "x"|7|true|{}|[7]|[null]""",
        "object" => """ "x"|7|true|[]""",
        var type => throw new InvalidOperationException($"no wrong values for the type {type}"),
    };

    private static readonly Dictionary<string, string> GoodBodies = new(StringComparer.Ordinal)
    {
        ["POST resources"] = """{"name":"n","resource_uri":"https://never.example/mcp"}""",
        ["PATCH resource"] = "{}",
        ["POST connection"] = """{"login_url":"https://never.example/login"}""",
        ["PATCH connection"] = "{}",
        ["POST client"] = """{"name":"n"}""",
        ["POST api client"] = """{"name":"n","role":"management"}""",
        ["POST reject"] = "{}",
        ["POST revoke user"] = """{"sub":"ada"}""",
        ["POST update user"] = """{"sub":"ada","email":"a@b.example"}""",
    };

    public static TheoryData<string, string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, string>();
            foreach (var (call, member, values) in Wrong.Concat(OfTables()))
            {
                foreach (var value in values.Split('|'))
                {
                    cases.Add(call, member, value.Trim());
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_member_with_a_wrong_value_is_400_naming_the_member_and_changes_nothing(string call, string member, string value)
    {
        var company = await host.CompanyAsync();
        var loginRequest = call == "POST reject" ? (await VisitAsync(company)).LoginRequestId : "";
        var before = await StateAsync(company);
        var body = JsonNode.Parse(GoodBodies[call])!.AsObject();
        body.Remove(member);
        var filled = Filled(value, company);
        var json = body.Count == 0 ? $$"""{"{{member}}":{{filled}}}""" : $$"""{{body.ToJsonString()[..^1]}},"{{member}}":{{filled}}}""";

        var (method, path) = Address(call, company, loginRequest);
        await Expect.ProblemAsync(await SendAsync(method, path, json), 400, "invalid_argument", member);
        Assert.Equal(before, await StateAsync(company));
    }

    [Theory]
    [InlineData("POST resources")]
    [InlineData("PATCH resource")]
    [InlineData("POST connection")]
    [InlineData("PATCH connection")]
    [InlineData("POST client")]
    [InlineData("POST api client")]
    [InlineData("POST reject")]
    [InlineData("POST revoke user")]
    [InlineData("POST update user")]
    public async Task All_wrong_members_are_reported_in_one_response(string call)
    {
        var company = await host.CompanyAsync();
        var (method, path) = Address(call, company, (await VisitAsync(company)).LoginRequestId);
        var answer = await SendAsync(method, path, """{"one":1,"two":null,"na\u0000me":{},"sub":7,"error":7,"name":7,"login_url":7}""");
        var errors = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errors"]!.AsObject();

        Assert.True(errors.ContainsKey("one") && errors.ContainsKey("two") && errors.ContainsKey("na\0me"), errors.ToJsonString());
        await Expect.ProblemAsync(answer, 400, "invalid_argument", "one");
    }

    private async Task<LoginRedirect> VisitAsync(Company company)
    {
        using var browser = new Browser(host);
        return await browser.StartAsync((await McpClient.RegisterAsync(company)).Authorize());
    }

    private async Task<string> StateAsync(Company company)
    {
        var resources = await host.SendAsync(HttpMethod.Get, "/api/v1/resources");
        var connections = await host.SendAsync(HttpMethod.Get, "/api/v1/connections");
        var credentials = await host.SendAsync(HttpMethod.Get, "/api/v1/clients");
        var clients = await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/clients");
        return $"{resources}\n{connections}\n{credentials}\n{clients}";
    }

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string json) =>
        host.TrySendBytesAsync(method, path, Encoding.UTF8.GetBytes(json));

    private string Filled(string value, Company company) => System.Text.RegularExpressions.Regex.Replace(
        value.Replace("{res}", company.ResourceId, StringComparison.Ordinal)
            .Replace("{conn}", company.ConnectionId, StringComparison.Ordinal).Replace("{base}", host.BaseUrl, StringComparison.Ordinal),
        @"\{(?<n>\d+)\}", m => new string('x', int.Parse(m.Groups["n"].Value, System.Globalization.CultureInfo.InvariantCulture)),
        System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromMinutes(1));

    private static (HttpMethod Method, string Path) Address(string call, Company company, string loginRequest) => call switch
    {
        "POST resources" => (HttpMethod.Post, "/api/v1/resources"),
        "PATCH resource" => (HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}"),
        "POST connection" => (HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/connections"),
        "PATCH connection" => (HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}"),
        "POST client" => (HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients"),
        "POST api client" => (HttpMethod.Post, "/api/v1/clients"),
        "POST reject" => (HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/auth-requests/{loginRequest}:reject"),
        "POST revoke user" => (HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:revoke"),
        "POST update user" => (HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:update"),
        _ => throw new ArgumentOutOfRangeException(nameof(call), call, "unknown call"),
    };
}
