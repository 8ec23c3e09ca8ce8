using System.Text;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

public sealed class Invalid_JSON_bodies_on_SQLite(OnSqlite host) : Invalid_JSON_bodies(host), IClassFixture<OnSqlite>;

public sealed class Invalid_JSON_bodies_on_PostgreSQL(OnPostgres host) : Invalid_JSON_bodies(host), IClassFixture<OnPostgres>;

/// <summary>Sends bodies that are not valid JSON to every endpoint that takes a body.</summary>
public abstract class Invalid_JSON_bodies(LatchkeyHost host)
{
    /// <summary>Sent as Latin-1: one character is one byte.</summary>
    private static readonly string[] Bodies =
    [
        "",
        " ",
        "null",
        "true",
        "7",
        "\"text\"",
        "[]",
        "[{}]",
        "{",
        "}",
        "{}{}",
        "{}x",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":NaN}",
        "{\"a\":1} // why",
        "/* why */ {}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\udc00\\ud800\"}",
        "{\"\\ud800\":1}",
        "{\"a\":[{\"b\":\"\\ud83d\"}]}",
        "{\"a\":\"\u00ff\"}",
        "{\"\u00c3\u0028\":1}",
        "{\"a\":\"\u00ed\u00a0\u0080\"}",
        "\u00ff\u00fe{\0}\0",
        "\0",
        "a=1&b=2",
        "<a/>",
    ];

    public static TheoryData<string, string> Addresses => new()
    {
        { "POST", "/api/v1/resources" },
        { "PATCH", "/api/v1/resources/{res}" },
        { "POST", "/api/v1/resources/{res}/connections" },
        { "POST", "/api/v1/resources/{res}/clients" },
        { "PATCH", "/api/v1/connections/{conn}" },
        { "POST", "/api/v1/clients" },
        { "POST", "/api/v1/configuration:apply" },
        { "POST", "/api/v1/configuration:init" },
        { "POST", "/api/v1/connections/{conn}/auth-requests/{lri}/user" },
        { "POST", "/api/v1/connections/{conn}/auth-requests/{lri}:reject" },
        { "POST", "/api/v1/connections/{conn}/users:revoke" },
        { "POST", "/api/v1/connections/{conn}/users:erase" },
        { "POST", "/api/v1/connections/{conn}/users:update" },
    };

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_body_that_is_not_a_JSON_object_is_400_invalid_json(string method, string path)
    {
        var address = await AddressAsync(path);
        foreach (var body in Bodies.Append(Deep('[', ']', 33)).Append($"{{\"a\":{Deep('[', ']', 10_000)}}}")
            .Append(string.Concat(Enumerable.Repeat("{\"a\":", 10_000))))
        {
            await Expect.ProblemAsync(
                await host.TrySendBytesAsync(new(method), address, Encoding.Latin1.GetBytes(body)), 400, "invalid_json");
        }
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_body_larger_than_256_KiB_is_413(string method, string path)
    {
        var address = await AddressAsync(path);
        var body = Encoding.ASCII.GetBytes($$"""{"sub":"{{new string('x', 256 * 1024)}}"}""");

        await Expect.ProblemAsync(await host.TrySendBytesAsync(new(method), address, body), 413, "too_large");
        if (method == "POST")
        {
            Assert.Equal(
                413,
                (await RawHttp.SendInChunksAsync(
                    host, address, "application/json", body, $"Authorization: Bearer {await host.OperatorTokenAsync()}")).Status);
        }
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_body_with_a_duplicate_member_is_400_whatever_its_values(string method, string path)
    {
        var address = await AddressAsync(path);
        foreach (var member in new[] { "sub", "name", "login_url", "unknown_member" })
        {
            foreach (var second in new[] { "1", "2" })
            {
                await Expect.ProblemAsync(
                    await host.TrySendBytesAsync(
                        new(method), address, Encoding.ASCII.GetBytes($$"""{"{{member}}":"1","{{member}}":"{{second}}"}""")),
                    400, "invalid_argument", member);
            }
        }
    }

    private static string Deep(char open, char close, int levels) => new string(open, levels) + new string(close, levels);

    private async Task<string> AddressAsync(string path)
    {
        var company = await host.CompanyAsync();
        using var browser = new Browser(host);
        var details = await browser.StartAsync((await McpClient.RegisterAsync(company)).Authorize());
        return path.Replace("{res}", company.ResourceId, StringComparison.Ordinal)
            .Replace("{conn}", company.ConnectionId, StringComparison.Ordinal)
            .Replace("{lri}", details.LoginRequestId, StringComparison.Ordinal);
    }
}
