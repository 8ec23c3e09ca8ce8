using System.Diagnostics;
using System.Text;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>
/// Values that are as large as the limits allow and made to be expensive: many parts, deep nesting, equal beginnings. Each request may cost
/// time in proportion to its size only. No value was found that costs more.
/// </summary>
public sealed class Hostile_parameters(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const int Kibibyte = 1024;

    /// <summary>Much more than any of these took, and much less than the square of its size would take.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(500);

    private static readonly string[] Values =
    [
        new('a', 250 * Kibibyte),
        string.Concat(Enumerable.Repeat("a ", 120 * Kibibyte)),
        string.Join(' ', Enumerable.Range(0, 40_000)),
        "https://" + new string('a', 250 * Kibibyte),
        "https://xn--" + new string('a', 250 * Kibibyte) + ".example/",
        "https://a.example/" + string.Concat(Enumerable.Repeat("../", 80 * Kibibyte)),
        "https://a.example/" + string.Concat(Enumerable.Repeat("%2e%2e/", 30 * Kibibyte)),
        "https://" + string.Concat(Enumerable.Repeat("a.", 120 * Kibibyte)),
        "https://[" + new string(':', 250 * Kibibyte) + "]/",
        "https://" + new string('9', 250 * Kibibyte) + "/",
        string.Concat(Enumerable.Repeat("eyJhIjoi", 30 * Kibibyte)) + ".e.e",
        new('.', 250 * Kibibyte),
        new('[', 250 * Kibibyte),
        "{" + string.Concat(Enumerable.Repeat("\"a\":{", 40 * Kibibyte)),
        string.Concat(Enumerable.Repeat("\u0430\u0301", 30 * Kibibyte)),
        string.Concat(Enumerable.Repeat("%00", 80 * Kibibyte)),
    ];

    public static TheoryData<string, string> Places
    {
        get
        {
            var places = new TheoryData<string, string>();
            string[] ofPush =
                ["client_id", "redirect_uri", "resource", "scope", "state", "code_challenge", "request_uri", "prompt"];
            foreach (var name in ofPush)
            {
                places.Add("/oauth/par", name);
            }

            foreach (var name in new[] { "client_assertion", "client_id", "code", "refresh_token", "code_verifier", "scope", "resource" })
            {
                places.Add("/oauth/token", name);
            }

            places.Add("/oauth/authorize", "client_id");
            places.Add("/oauth/authorize", "redirect_uri");
            places.Add("/oauth/revoke", "token");
            places.Add("/oauth/introspect", "token");
            return places;
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_parameter_costs_no_more_than_its_size(string path, string name)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var usual = Browser.QueryOf(new Uri("http://x" + client.Authorize()));
        foreach (var value in Values)
        {
            var form = usual.Where(p => p.Key != name).Append(KeyValuePair.Create(name, value))
                .Append(KeyValuePair.Create(
                    name == "client_assertion" ? "client_assertion_type" : "grant_type",
                    name == "client_assertion" ? "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" : "authorization_code"));
            var encoded = string.Join('&', form.Select(p => $"{p.Key}={Encode(p.Value)}"));
            if (encoded.Length < 256 * Kibibyte)
            {
                await AssertCheapAsync(
                    () => host.Anonymous.PostAsync(
                        path, new StringContent(encoded, Encoding.UTF8, "application/x-www-form-urlencoded")),
                    value);
            }
        }
    }

    public static TheoryData<string> Members => new(
        "client_name", "redirect_uris", "scope", "jwks", "jwks_uri", "grant_types", "contacts", "client_uri", "software_statement");

    [Theory]
    [MemberData(nameof(Members))]
    public async Task A_member_of_a_registration_costs_no_more_than_its_size(string member)
    {
        var company = await host.CompanyAsync();
        string[] shapes =
        [
            .. Values.Select(v => $"\"{Json(v)}\""),
            $"[{string.Join(',', Enumerable.Range(0, 8_000).Select(i => $"\"{i}\""))}]",
            $"[{string.Join(',', Enumerable.Repeat("\"https://a.example/\"", 2_500))}]",
            $"{{\"keys\":[{string.Join(',', Enumerable.Repeat("{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", 1_500))}]}}",
            $"{{{string.Join(',', Enumerable.Range(0, 6_000).Select(i => $"\"{i}\":0"))}}}",
            string.Concat(Enumerable.Repeat("[", 15)) + string.Concat(Enumerable.Repeat("]", 15)),
            string.Concat(Enumerable.Repeat("[", 20_000)),
        ];
        foreach (var shape in shapes)
        {
            await AssertCheapAsync(
                () => host.Anonymous.PostAsync(
                    $"/api/v1/resources/{company.ResourceId}/clients:register",
                    new StringContent($"{{\"{member}\":{shape}}}", Encoding.UTF8, "application/json")),
                shape);
        }
    }

    private static string Json(string value) =>
        value[..Math.Min(value.Length, 60 * Kibibyte)].Replace("\"", "'", StringComparison.Ordinal);

    private static string Encode(string value) => value.All(char.IsAscii)
        ? value.Replace(' ', '+').Replace("&", "", StringComparison.Ordinal)
        : Uri.EscapeDataString(value);

    private static async Task AssertCheapAsync(Func<Task<HttpResponseMessage>> send, string value)
    {
        var shortest = TimeSpan.MaxValue;
        for (var tries = 0; tries < 3 && shortest > Longest; tries++)
        {
            var began = Stopwatch.GetTimestamp();
            using var answer = await send();
            var took = Stopwatch.GetElapsedTime(began);
            shortest = took < shortest ? took : shortest;
            Assert.InRange((int)answer.StatusCode, 200, 499);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{value[..Math.Min(20, value.Length)]}: {shortest.TotalMilliseconds:0} ms");
        Assert.True(shortest <= Longest, $"{value[..Math.Min(20, value.Length)]}: {shortest.TotalMilliseconds:0} ms");
    }
}
