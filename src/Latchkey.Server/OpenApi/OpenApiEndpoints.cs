using System.Text.Json;
using System.Text.Json.Serialization;
using Latchkey.Server.Limits;
using Latchkey.Server.Management;
using Latchkey.Server.Pages;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace Latchkey.Server.OpenApi;

/// <summary>
/// The OpenAPI 3.1 document of the management API (<c>/api/openapi.json</c>) and its HTML page (<c>/api/docs</c>). Both are public and
/// contain no secrets. Each is made at the first request and kept.
/// </summary>
internal static class OpenApiEndpoints
{
    public const string Name = "management";

    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Some hundred KiB are sent for each request.</summary>
    private static readonly RouteCost Cost = new RouteCost.Program(50);

    public static void Add(IServiceCollection services)
    {
        services.AddOpenApi(Name, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.ShouldInclude = route => route.ActionDescriptor.EndpointMetadata.OfType<Operation>().Any();
            options.CreateSchemaReferenceId = type => DescribeSchema.NameOf(type);
            options.AddSchemaTransformer<DescribeSchema>();
            options.AddOperationTransformer<DescribeOperation>();
            options.AddDocumentTransformer<DescribeDocument>();
        });

        // The same names and types as in responses.
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ManagementJson.Default);
        });
        services.AddSingleton<ApiDocument>();
    }

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapMethods("/api/openapi.json", GetAndHead, DocumentAsync).Costs(Cost);
        app.MapGet("/api/docs", PageAsync).Costs(Cost);
    }

    private static async Task<IResult> DocumentAsync(ApiDocument document, HttpResponse response) =>
        Answer(await document.JsonAsync(), "application/json", response);

    private static async Task<IResult> PageAsync(ApiDocument document, HttpResponse response)
    {
        PageResponse.Guard(response);
        return Answer(await document.PageAsync(), "text/html; charset=utf-8", response);
    }

    /// <summary>Clients revalidate every time and get 304 until the server is updated.</summary>
    private static IResult Answer(KeptText text, string type, HttpResponse response)
    {
        response.Headers.CacheControl = "no-cache";
        response.Headers.XContentTypeOptions = "nosniff";

        // As a stream, in pieces: the server would copy a response of one piece whole for each caller that does not read it.
        return TypedResults.Stream(
            new MemoryStream(text.Utf8, writable: false), type, entityTag: new EntityTagHeaderValue(text.Tag));
    }
}
