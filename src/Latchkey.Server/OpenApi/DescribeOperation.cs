using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Management;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Latchkey.Server.OpenApi;

/// <summary>
/// Describes one operation: 1. its words, from <see cref="Operation"/>; 2. its parameters, from the path, the headers that the handler
/// binds, and the filters; 3. its request body, by name from <see cref="Requests"/>; 4. its response, whose schema the framework derives
/// from the type, with an example; 5. all its errors: its own, and those of its parameters and headers.
/// </summary>
internal sealed partial class DescribeOperation : IOpenApiOperationTransformer
{
    public const string Bearer = "management_token";

    private const string Json = "application/json";
    private const string ProblemJson = "application/problem+json";

    /// <summary>Errors that every call can have before its handler runs, or when the server fails.</summary>
    private static readonly Problem[] OfEveryCall =
    [
        Problem.TwoTokens, Problem.NoToken, Problem.InvalidToken, Problem.Forbidden("login"), Problem.AddressNotAllowed,
        ManagementAuthentication.TooManyFailures(new(30, AuthorizationId.New(), IsFirst: false)), Problem.Bug, Problem.StorageAway,
    ];

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var route = new Route(
            context.Description.HttpMethod!,
            $"/{context.Description.RelativePath}",
            ManagementPolicies.RolesOf(metadata.OfType<IAuthorizeData>().Single().Policy!),
            metadata.OfType<Operation>().Single(),
            [.. metadata.OfType<MethodInfo>().SelectMany(method => method.GetParameters()).Select(parameter => parameter.ParameterType)]);
        var document = context.Document!;

        // PATCH and PUT of one route are two operations in the document.
        var isTwin = route.Method == HttpMethods.Put;
        operation.OperationId = isTwin ? $"{route.Told.Id}ByPut" : route.Told.Id;
        operation.Tags = new HashSet<OpenApiTagReference> { new(route.Told.Tag, document) };
        operation.Summary = isTwin ? $"{route.Told.Summary} (PUT)" : route.Told.Summary;
        operation.Description = $"{(route.Told.Description is { } description ? $"{description}\n\n" : "")}Role: "
            + $"{string.Join(" or ", route.Roles.Select(role => role.Name()))}.";
        operation.Security = [new() { [new(Bearer, document)] = [] }];
        operation.Parameters = [.. PathParameters(route), .. QueryParameters(route), .. HeaderParameters(route)];
        operation.RequestBody = Body(route, document);
        operation.Responses = Responses(operation, route, document);
        return Task.CompletedTask;
    }

    private static IEnumerable<IOpenApiParameter> PathParameters(Route route) => route.Places.Select(place => new OpenApiParameter
    {
        Name = place.Name,
        In = ParameterLocation.Path,
        Required = true,
        Description = place.Place.Words,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = place.Place.Pattern },
        Example = place.Place.Example,
    });

    private static IEnumerable<IOpenApiParameter> QueryParameters(Route route)
    {
        if (route.TakesMask)
        {
            yield return Query(
                "update_mask",
                "Comma-separated names of members. Only these are changed; one that is absent from the body gets its default.",
                new() { Type = JsonSchemaType.String });
        }

        if (route.IsPaged)
        {
            yield return Query(
                "page_size",
                "The maximum number of entries in the response.",
                new() { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = $"{Page.MaxSize}", Default = Page.MaxSize });
            yield return Query("page_token", "The next_page_token of the previous page.", new() { Type = JsonSchemaType.String });
        }

        foreach (var filter in route.Told.Filters)
        {
            yield return Query(filter.Name, filter.Description, new()
            {
                Type = JsonSchemaType.String,
                Pattern = Place.OfFilter(filter.Name)?.Pattern,
                Format = filter.IsTime ? "date-time" : null,
                Enum = filter.Choices.Count > 0 ? [.. filter.Choices.Select(c => JsonValue.Create(c))] : null,
            });
        }
    }

    private static IEnumerable<IOpenApiParameter> HeaderParameters(Route route)
    {
        if (route.BindsIfMatch)
        {
            yield return Header(
                "If-Match", "The ETag of the state to change. When it has changed since, the response is 412.",
                new() { Type = JsonSchemaType.String }, "\"3\"");
        }

        if (route.TakesKey)
        {
            yield return Header(
                IdempotentCreates.Header,
                "A random string. The same request with the same key within 24 hours creates nothing and returns the first response, "
                + "including its secret.",
                new() { Type = JsonSchemaType.String, MinLength = 1, MaxLength = IdempotentCreates.MaxKeyLength, Pattern = "^[ -~]+$" },
                "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
        }
    }

    private static OpenApiParameter Query(string name, string words, OpenApiSchema schema) =>
        new() { Name = name, In = ParameterLocation.Query, Description = words, Schema = schema };

    private static OpenApiParameter Header(string name, string words, OpenApiSchema schema, string example) =>
        new() { Name = name, In = ParameterLocation.Header, Description = words, Schema = schema, Example = example };

    private static OpenApiRequestBody? Body(Route route, OpenApiDocument document) => route.Body is not { } body ? null : new()
    {
        Required = !route.Told.BodyIsOptional,
        Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
        {
            [Json] = new OpenApiMediaType
            {
                Schema = new OpenApiSchemaReference(Requests.SchemaName(body), document),
                Example = Requests.Example(body)
            },
        },
    };

    private static OpenApiResponses Responses(OpenApiOperation operation, Route route, OpenApiDocument document)
    {
        var problem = operation.Responses![$"{StatusCodes.Status403Forbidden}"].Content![ProblemJson].Schema!;
        var responses = new OpenApiResponses { [$"{route.Told.Response.Status}"] = Answer(operation, route) };
        foreach (var problems in Problems(route).GroupBy(p => p.Status).OrderBy(p => p.Key))
        {
            responses[$"{problems.Key}"] = Refusal(problems.Key, [.. problems], problem, document);
        }

        return responses;
    }

    private static OpenApiResponse Answer(OpenApiOperation operation, Route route)
    {
        var answer = route.Told.Response;
        var response = (OpenApiResponse)operation.Responses![$"{answer.Status}"];
        var json = ManagementJson.Default.GetTypeInfo(answer.Type)!;
        response.Description = answer.Status == StatusCodes.Status201Created ? "Created." : "Success.";
        response.Content![Json].Example = JsonSerializer.SerializeToNode(answer.Example(), json);
        response.Headers = new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal);
        if (answer.HasETag)
        {
            response.Headers["ETag"] = ResponseHeader("The version of the entity, for If-Match.");
        }

        if (route.TakesKey)
        {
            response.Headers["Idempotent-Replayed"] = ResponseHeader("true when this response repeats an earlier one.");
        }

        return response;
    }

    /// <summary>Returns the error response of one status. Operations with the same errors share it.</summary>
    private static OpenApiResponseReference Refusal(
        int status, IReadOnlyList<Problem> problems, IOpenApiSchema schema, OpenApiDocument document)
    {
        var codes = problems.Select(p => p.Code).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var name = $"{status}.{string.Join('.', codes)}";
        document.AddComponent<IOpenApiResponse>(name, new OpenApiResponse
        {
            Description = string.Join(", ", codes.Select(c => $"`{c}`")),
            Headers = HeadersOf(status),
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                [ProblemJson] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchema
                    {
                        AllOf = [schema],
                        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
                        {
                            ["code"] = new OpenApiSchema { Enum = [.. codes.Select(c => JsonValue.Create(c))] }
                        },
                    },
                    Examples = codes.ToDictionary(
                        c => c, IOpenApiExample (c) => new OpenApiExampleReference(c, document), StringComparer.Ordinal),
                },
            },
        });
        foreach (var problem in problems)
        {
            document.AddComponent<IOpenApiExample>(
                problem.Code,
                new OpenApiExample { Value = JsonSerializer.SerializeToNode(problem.Body, ManagementJson.Default.ProblemBody) });
        }

        return new(name, document);
    }

    private static IEnumerable<Problem> Problems(Route route) =>
    [
        .. OfEveryCall,
        .. route.Told.Problems,
        .. route.Places.Select(p => Problem.NotFound(p.Place.Kind, "")),
        .. route.IsPaged ? [Problem.Invalid("page_size", Page.WrongSize)]
            : route.Body is not null || route.TakesKey ? [Problem.Invalid("name", "is required")]
            : (Problem[])[],
        .. route.Body is null ? (Problem[])[] : [JsonBody.NoObject, Problem.Unreadable, JsonBody.TooLarge],
        .. route.BindsIfMatch ? [IfMatch.Changed] : (Problem[])[],
        .. route.BindsIfMatch && route.Body is not null ? [Problem.Overtaken] : (Problem[])[],
        .. route.TakesKey ? [IdempotentCreates.InUse, IdempotentCreates.Unreadable, IdempotentCreates.Reused] : (Problem[])[],
    ];

    private static Dictionary<string, IOpenApiHeader>? HeadersOf(int status)
    {
        var (name, words) = status switch
        {
            StatusCodes.Status401Unauthorized => ("WWW-Authenticate", "The scheme Bearer (RFC 6750 §3)."),
            StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable => ("Retry-After", "Seconds to wait."),
            _ => ("", ""),
        };
        return name.Length == 0 ? null : new(StringComparer.Ordinal) { [name] = ResponseHeader(words) };
    }

    private static OpenApiHeader ResponseHeader(string words) =>
        new() { Description = words, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    /// <param name="Bound">The types of the parameters of the handler.</param>
    private sealed record Route(string Method, string Path, IReadOnlyList<ApiRole> Roles, Operation Told, IReadOnlyList<Type> Bound)
    {
        public IReadOnlyList<(string Name, Place Place)> Places { get; } =
            [.. Braces().Matches(Path).Select(m => (m.Groups["name"].Value, Place.Of(m.Groups["name"].Value, Path)))];

        /// <summary>The name of the schema of the body, or null if the operation reads none.</summary>
        public string? Body => Told.Body ?? (Bound.Contains(typeof(JsonBody)) ? Told.Id : null);

        public bool BindsIfMatch => Bound.Contains(typeof(IfMatch));

        /// <summary>The response has pages: <c>page_size</c>, <c>page_token</c>.</summary>
        public bool IsPaged => Bound.Contains(typeof(ListQuery));

        public bool TakesKey => Told.TakesIdempotencyKey;

        public bool TakesMask => Body is not null && HttpMethods.IsPatch(Method);
    }

    [GeneratedRegex(@"\{(?<name>[a-z]+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Braces();
}
