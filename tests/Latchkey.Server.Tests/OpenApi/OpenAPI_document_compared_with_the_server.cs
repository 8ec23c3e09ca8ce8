using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Latchkey.Server.Http;
using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.OpenApi;

/// <summary>
/// Compares the OpenAPI document with the running server: the server accepts what is documented, and nothing undocumented.
/// </summary>
public sealed partial class OpenAPI_document_compared_with_the_server : IAsyncLifetime
{
    /// <summary>One host per test, because an example request can create its object only once.</summary>
    private readonly OnSqlite host = new();

    /// <summary>
    /// Wrong for every type of member: a reader that knows the member reports its value, one that does not reports its name.
    /// </summary>
    private static readonly JsonNode Wrong = JsonNode.Parse("[[]]")!;

    /// <summary>
    /// Every string literal of the server's source that could be a member or a parameter; every accepted name is one of them.
    /// </summary>
    private static readonly IReadOnlyList<string> Words =
    [
        .. Directory.EnumerateFiles(Path.Combine(Artifacts.Root, "src", "Latchkey.Server"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => Word().Matches(File.ReadAllText(file)))
            .Select(m => m.Groups["word"].Value)
            .Distinct(StringComparer.Ordinal),
    ];

    private static readonly string ServerText = string.Join(
        '\n',
        Directory.EnumerateFiles(Path.Combine(Artifacts.Root, "src", "Latchkey.Server"), "*.cs", SearchOption.AllDirectories)
            .Select(File.ReadAllText));

    public ValueTask InitializeAsync() => host.InitializeAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    /// <summary>In lifecycle order: create, read, change, use, delete (inner objects first).</summary>
    [Fact]
    public async Task Every_example_request_is_accepted_and_its_response_matches_the_example_response()
    {
        var description = await ApiDescription.OfAsync(host);
        var objects = new ExampleObjects(host);
        var wrong = new List<string>();
        foreach (var call in ExampleObjects.InLifecycleOrder(description))
        {
            using var answer = await host.TrySendAsync(new(call.Method), await objects.PathAsync(call), call.ExampleBody);
            var text = await answer.Content.ReadAsStringAsync();
            if ((int)answer.StatusCode != call.Success)
            {
                wrong.Add($"{call}: {(int)answer.StatusCode} {text}");
                continue;
            }

            var json = JsonSerializer.Deserialize<JsonElement>(text);
            objects.Remember(call, json);
            wrong.AddRange(Shapes.MembersOf(json)
                .Except(Shapes.MembersOf(JsonSerializer.SerializeToElement(call.ExampleAnswer)), StringComparer.Ordinal)
                .Select(member => $"{call}: {member} is in the response and not in the example"));
            wrong.AddRange(new[] { Shapes.ValidationErrors(call.AnswerSchema, json),
                Shapes.ValidationErrors(call.AnswerSchema, JsonSerializer.SerializeToElement(call.ExampleAnswer)) }.OfType<string>()
                .Select(why => $"{call}: {why}"));
            if (call.HasBody && Shapes.ValidationErrors(call.RequestSchema, JsonSerializer.SerializeToElement(call.ExampleBody)) is { } not)
            {
                wrong.Add($"{call}: its example request: {not}");
            }

            if (answer.Headers.ETag is not null != call.AnswersWithTag)
            {
                wrong.Add($"{call}: ETag {answer.Headers.ETag}, described: {call.AnswersWithTag}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>
    /// Sends every known word as a member with a wrong value: nothing changes, and the response tells which members are known. An operation
    /// without a documented body does not read it.
    /// </summary>
    [Fact]
    public async Task Every_operation_accepts_the_documented_members_and_no_others()
    {
        var description = await ApiDescription.OfAsync(host);
        var objects = await ExampleObjects.MakeAsync(host, description);
        var members = new JsonObject(Words.Concat(description.Calls.Where(c => c.HasBody).SelectMany(c => c.BodyMembers))
            .Distinct(StringComparer.Ordinal).Select(w => KeyValuePair.Create(w, (JsonNode?)Wrong.DeepClone())));
        Assert.InRange(members.Count, 100, 5_000);
        var wrong = new List<string>();
        foreach (var call in description.Calls.Where(c => c.Method is not ("GET" or "DELETE")))
        {
            using var answer = await host.TrySendAsync(new(call.Method), await objects.PathAsync(call), members);
            var problem = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
            if (!call.HasBody)
            {
                // An operation that read a body would report its members.
                Assert.False(problem.TryGetProperty("errors", out _), $"{call} reads a body, which is not documented: {problem}");
                continue;
            }

            var taken = problem.GetProperty("errors").EnumerateObject().Where(e => e.Value[0].GetString() != JsonBody.UnknownMember)
                .Select(e => e.Name).ToList();
            wrong.AddRange(
                taken.Except(call.BodyMembers, StringComparer.Ordinal).Select(m => $"{call} accepts {m}, which is not documented"));
            wrong.AddRange(
                call.BodyMembers.Except(taken, StringComparer.Ordinal).Select(m => $"{call} does not accept {m}, which is documented"));
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Every_operation_requires_the_members_documented_as_required()
    {
        var description = await ApiDescription.OfAsync(host);
        var objects = await ExampleObjects.MakeAsync(host, description);
        var wrong = new List<string>();
        foreach (var call in description.Calls.Where(c => c is { HasBody: true, ExampleBody: JsonObject }))
        {
            foreach (var member in call.BodySchema["required"]?.AsArray().Select(m => m!.GetValue<string>()) ?? [])
            {
                var (status, answer) = await AskAsync(call, objects, body => body.Remove(member));
                if (status != 400 || !answer.GetProperty("errors").TryGetProperty(member, out _))
                {
                    wrong.Add($"{call} without {member}: {status} {answer}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>Sends values just beyond the limits of a schema and outside its enum.</summary>
    [Fact]
    public async Task Every_operation_rejects_what_its_schema_rejects()
    {
        var description = await ApiDescription.OfAsync(host);
        var objects = await ExampleObjects.MakeAsync(host, description);
        var wrong = new List<string>();
        var tried = 0;
        foreach (var (call, member, value) in Cases(description, JustTooMuch))
        {
            tried++;
            var (status, answer) = await AskAsync(call, objects, body => body[member] = value);
            if (status != 400 || !answer.GetProperty("errors").TryGetProperty(member, out _))
            {
                wrong.Add($"{call} with {member} {value!.ToJsonString()[..Math.Min(40, value.ToJsonString().Length)]}: {status}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.InRange(tried, 100, 2_000);
    }

    /// <summary>Sends the minimum, the maximum and each enum value of a schema, with an unknown member so that nothing changes.</summary>
    [Fact]
    public async Task Every_operation_accepts_what_its_schema_allows()
    {
        var description = await ApiDescription.OfAsync(host);
        var objects = await ExampleObjects.MakeAsync(host, description);
        var wrong = new List<string>();
        var tried = 0;
        foreach (var (call, member, value) in Cases(description, JustEnough))
        {
            tried++;
            var (_, answer) = await AskAsync(call, objects, body => (body[member], body["unknown_member"]) = (value?.DeepClone(), true));
            if (answer.GetProperty("errors").TryGetProperty(member, out var why))
            {
                wrong.Add($"{call} with {member} {value?.ToJsonString()}: {why}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.InRange(tried, 50, 1_000);
    }

    /// <summary>Sends every known word as a query parameter; a list that refuses unknown parameters tells which ones it accepts.</summary>
    [Fact]
    public async Task Every_list_accepts_the_documented_query_parameters_and_no_others()
    {
        var description = await ApiDescription.OfAsync(host);
        var objects = await ExampleObjects.MakeAsync(host, description);
        var wrong = new List<string>();
        var strict = 0;
        foreach (var call in description.Calls.Where(c => c.Method == "GET"))
        {
            var path = await objects.PathAsync(call);
            var refused = new List<string>();
            foreach (var some in Words.Chunk(100))
            {
                using var answer = await host.TrySendAsync(HttpMethod.Get, $"{path}?{string.Join('&', some.Select(w => $"{w}="))}");
                if ((int)answer.StatusCode == 400)
                {
                    refused.AddRange(JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()).GetProperty("errors")
                        .EnumerateObject().Select(e => e.Name));
                }
            }

            var described = call.Parameters("query").ToList();
            wrong.AddRange(
                described.Intersect(refused, StringComparer.Ordinal).Select(p => $"{call} does not accept {p}, which is documented"));
            if (refused.Count > 0)
            {
                strict++;
                wrong.AddRange(Words.Except(refused, StringComparer.Ordinal).Except(described, StringComparer.Ordinal)
                    .Select(p => $"{call} accepts {p}, which is not documented"));
            }

            using var badPage = await host.TrySendAsync(HttpMethod.Get, $"{path}?page_size=x");
            if ((int)badPage.StatusCode == 400 != described.Contains("page_size", StringComparer.Ordinal))
            {
                wrong.Add($"{call} and page_size: {(int)badPage.StatusCode}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.InRange(strict, 5, 50);
    }

    [Fact]
    public async Task Every_change_accepts_the_documented_headers()
    {
        var description = await ApiDescription.OfAsync(host);
        var objects = await ExampleObjects.MakeAsync(host, description);
        var wrong = new List<string>();
        foreach (var call in ExampleObjects.InLifecycleOrder(description).Where(c => c.Method != "GET"))
        {
            foreach (var (header, value, status) in new[] { ("If-Match", "\"no such state\"", 412), ("Idempotency-Key", "", 400) }.Where(
                h => call.HasBody || h.Item1 == "If-Match"))
            {
                using var request = new HttpRequestMessage(new(call.Method), await objects.PathAsync(call))
                {
                    Content = call.HasBody
                        ? new StringContent(call.ExampleBody!.ToJsonString(), System.Text.Encoding.UTF8, "application/json")
                        : null
                };
                request.Headers.Authorization = new("Bearer", await host.OperatorTokenAsync());
                request.Headers.TryAddWithoutValidation(header, value);
                using var answer = await host.Anonymous.SendAsync(request);
                if ((int)answer.StatusCode == status != call.Parameters("header").Contains(header, StringComparer.Ordinal))
                {
                    wrong.Add($"{call} with {header}: {(int)answer.StatusCode}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>Every documented error code is declared in the server's source with that status, and the reverse.</summary>
    [Fact]
    public async Task Every_error_code_of_the_server_is_documented_and_no_other()
    {
        var description = await ApiDescription.OfAsync(host);
        var described = description.Calls.SelectMany(c => c.Codes).Distinct().Order().ToList();
        var kinds = description.Calls.SelectMany(c => c.Statuses.Contains(404) ? c.CodesOf(404) : []).Where(c => c != "user_not_found")
            .ToHashSet(StringComparer.Ordinal);
        var written = Directory.EnumerateFiles(Path.Combine(Artifacts.Root, "src", "Latchkey.Server"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Declared().Matches(File.ReadAllText(file)))
            .Select(m => (int.Parse(m.Groups["status"].Value, System.Globalization.CultureInfo.InvariantCulture), m.Groups["code"].Value))
            .ToHashSet();

        Assert.Equal(
            written.Select(w => w.Item2).Order(StringComparer.Ordinal),
            described.Where(d => !kinds.Contains(d.Code)).Select(d => d.Code).Order(StringComparer.Ordinal));
        Assert.All(described.Where(d => !kinds.Contains(d.Code)), d => Assert.Contains((d.Status, d.Code), written));
        Assert.All(kinds, code =>
            Assert.Contains(
                $"NotFound(\"{code[..^"_not_found".Length].Replace('_', ' ')}\"", ServerText, StringComparison.OrdinalIgnoreCase));
        Assert.All(described, d => Assert.Equal(d.Code, description.Examples[d.Code]["code"]!.GetValue<string>()));
        Assert.All(described, d => Assert.Equal(d.Status, description.Examples[d.Code]["status"]!.GetValue<int>()));
    }

    /// <summary>Sends the example request of a call with one change.</summary>
    private async Task<(int Status, JsonElement Answer)> AskAsync(DescribedCall call, ExampleObjects objects, Action<JsonObject> change)
    {
        var body = call.ExampleBody!.DeepClone().AsObject();
        change(body);
        using var answer = await host.TrySendAsync(new(call.Method), await objects.PathAsync(call), body);
        return ((int)answer.StatusCode, JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()));
    }

    private static IEnumerable<(DescribedCall Call, string Member, JsonNode? Value)> Cases(
        ApiDescription description, Func<JsonObject, IEnumerable<JsonNode?>> values) =>
        from call in description.Calls
        where call.HasBody
        from property in call.BodySchema["properties"]!.AsObject()
        from value in values(property.Value!.AsObject())
        select (call, property.Key, value);

    private static IEnumerable<JsonNode?> JustEnough(JsonObject schema) =>
        [.. schema["enum"]?.AsArray() ?? [], .. new[] { schema["minimum"], schema["maximum"] }.OfType<JsonNode>()];

    private static IEnumerable<JsonNode> JustTooMuch(JsonObject schema)
    {
        if (schema["maxLength"]?.GetValue<int>() is { } length)
        {
            yield return new string('a', length + 1);
        }

        if (schema["maximum"]?.GetValue<long>() is { } most)
        {
            yield return most + 1;
        }

        if (schema["minimum"]?.GetValue<long>() is { } least)
        {
            yield return least - 1;
        }

        if (schema["minLength"]?.GetValue<int>() > 0)
        {
            yield return "";
        }

        if (schema["maxItems"]?.GetValue<int>() is { } items)
        {
            yield return new JsonArray([.. Enumerable.Range(0, items + 1).Select(i => JsonValue.Create($"a{i}"))]);
        }

        if (schema["enum"] is not null)
        {
            yield return "none of them";
        }
    }

    [GeneratedRegex("\"(?<word>[a-z][a-z0-9_]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Word();

    [GeneratedRegex(
        @"\b(Problem|ReportRefusal)\b[^;]{0,200}?\bnew\(\s*(?<status>[45][0-9]{2}),\s*""(?<code>[a-z_]+)""", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Declared();
}
