using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.OpenApi;

/// <summary>The OpenAPI document as the running server returns it.</summary>
internal sealed class ApiDescription(JsonObject whole)
{
    private static readonly string[] Methods = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];

    public IReadOnlyList<DescribedCall> Calls { get; } =
    [
        .. from path in whole["paths"]!.AsObject()
           from method in path.Value!.AsObject()
           where Methods.Contains(method.Key, StringComparer.Ordinal)
           select new DescribedCall(whole, method.Key.ToUpperInvariant(), path.Key, method.Value!.AsObject()),
    ];

    public IReadOnlyDictionary<string, JsonNode> Examples { get; } = whole["components"]!["examples"]!.AsObject()
        .ToDictionary(e => e.Key, e => e.Value!["value"]!, StringComparer.Ordinal);

    public static async Task<ApiDescription> OfAsync(LatchkeyHost host) =>
        new(JsonNode.Parse(await host.Anonymous.GetStringAsync("/api/openapi.json"))!.AsObject());
}

/// <summary>One operation of the document.</summary>
internal sealed class DescribedCall(JsonObject whole, string method, string path, JsonObject operation)
{
    public string Method => method;

    public string Path => path;

    public string Id => operation["operationId"]!.GetValue<string>();

    public string Tag => operation["tags"]![0]!.GetValue<string>();

    public string Words => operation["description"]!.GetValue<string>();

    public IEnumerable<int> Statuses =>
        operation["responses"]!.AsObject().Select(r => int.Parse(r.Key, System.Globalization.CultureInfo.InvariantCulture));

    public int Success => Statuses.Single(s => s is >= 200 and < 300);

    public JsonNode? ExampleBody => operation["requestBody"]?["content"]?["application/json"]?["example"];

    public bool HasBody => operation["requestBody"] is not null;

    public JsonObject BodySchema => Target(operation["requestBody"]!["content"]!["application/json"]!["schema"]!);

    public IEnumerable<string> BodyMembers => BodySchema["properties"]!.AsObject().Select(p => p.Key);

    /// <summary>The library that writes the document omits an example that is an empty object.</summary>
    public JsonNode ExampleAnswer => Response(Success)["content"]!["application/json"]!["example"] ?? new JsonObject();

    public bool AnswersWithTag => Response(Success)["headers"]?["ETag"] is not null;

    public JsonSchema AnswerSchema => SchemaOf(Response(Success)["content"]!["application/json"]!["schema"]!);

    public JsonSchema RequestSchema => SchemaOf(operation["requestBody"]!["content"]!["application/json"]!["schema"]!);

    public IEnumerable<string> CodesOf(int status) =>
        Response(status)["content"]!["application/problem+json"]!["examples"]!.AsObject().Select(e => e.Key);

    public IEnumerable<(int Status, string Code)> Codes => Statuses.Where(s => s >= 400).SelectMany(s => CodesOf(s).Select(c => (s, c)));

    public JsonSchema ProblemSchema(int status) => SchemaOf(Response(status)["content"]!["application/problem+json"]!["schema"]!);

    public IEnumerable<string> Parameters(string place) =>
        from parameter in ParametersOrNone
        where parameter!["in"]!.GetValue<string>() == place
        select parameter["name"]!.GetValue<string>();

    public IEnumerable<(string Name, string? Pattern, string? Example)> PathParameters =>
        from parameter in ParametersOrNone
        where parameter!["in"]!.GetValue<string>() == "path"
        select (parameter["name"]!.GetValue<string>(), parameter["schema"]!["pattern"]?.GetValue<string>(),
            parameter["example"]?.GetValue<string>());

    public override string ToString() => $"{method} {path}";

    private JsonArray ParametersOrNone => operation["parameters"]?.AsArray() ?? [];

    private JsonObject Response(int status) => Target(operation["responses"]![$"{status}"]!);

    private JsonObject Target(JsonNode node) => node["$ref"]?.GetValue<string>() is { } pointer
        ? pointer.Split('/').Skip(1).Aggregate((JsonNode)whole, (at, step) => at[step]!).AsObject()
        : node.AsObject();

    /// <summary>The schema with the schemas it refers to under $defs, where JSON Schema looks for them.</summary>
    private JsonSchema SchemaOf(JsonNode schema)
    {
        var together =
            new JsonObject { ["allOf"] = new JsonArray(schema.DeepClone()), ["$defs"] = whole["components"]!["schemas"]!.DeepClone() };
        return JsonSchema.FromText(together.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal));
    }
}

internal static class Shapes
{
    /// <summary>The members of a response, each by its path. The free-form member detail is not descended into.</summary>
    public static IEnumerable<string> MembersOf(JsonElement value, string at = "") => value.ValueKind switch
    {
        JsonValueKind.Object when !at.EndsWith(".detail", StringComparison.Ordinal) =>
            value.EnumerateObject().SelectMany(m => MembersOf(m.Value, $"{at}.{m.Name}").Prepend($"{at}.{m.Name}")),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(e => MembersOf(e, at + "[]")).Distinct(StringComparer.Ordinal),
        _ => [],
    };

    public static string? ValidationErrors(JsonSchema schema, JsonElement value)
    {
        var result = schema.Evaluate(value, new EvaluationOptions { OutputFormat = OutputFormat.List });
        return result.IsValid ? null : string.Join("; ", (result.Details ?? []).Where(d => d.Errors is not null).Select(d =>
            $"{d.InstanceLocation}: {string.Join(", ", d.Errors!.Values)}"));
    }
}
