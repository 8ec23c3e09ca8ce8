using System.Net;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Management;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace Latchkey.Server.Tests.OpenApi;

/// <summary>The OpenAPI document is valid, complete and public.</summary>
public sealed class OpenAPI_document(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Address = "/api/openapi.json";

    [Fact]
    public async Task The_document_is_valid_OpenAPI_3_1()
    {
        var text = await host.Anonymous.GetStringAsync(Address);
        var read = OpenApiModelFactory.Parse(
            text, OpenApiConstants.Json, new OpenApiReaderSettings { RuleSet = ValidationRuleSet.GetDefaultRuleSet() });

        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, read.Diagnostic.SpecificationVersion);
        Assert.Equal(host.BaseUrl, Assert.Single(read.Document!.Servers!).Url);
    }

    [Fact]
    public async Task The_document_is_public_and_is_304_when_it_is_unchanged()
    {
        using var answer = await host.Anonymous.GetAsync(Address);
        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.StatusCode, answer.Content.Headers.ContentType?.ToString()));
        Assert.True(answer.Headers.CacheControl?.NoCache);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));

        using var again = new HttpRequestMessage(HttpMethod.Get, Address);
        again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
        using var unchanged = await host.Anonymous.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);

        using var head = await host.Anonymous.SendAsync(new(HttpMethod.Head, Address));
        Assert.Equal((HttpStatusCode.OK, answer.Headers.ETag), (head.StatusCode, head.Headers.ETag));
    }

    [Fact]
    public async Task The_document_has_every_route_of_the_management_API_and_no_other()
    {
        var routes =
            from endpoint in host.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            where endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal)
                && endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null
            from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []
            select $"{method} {endpoint.RoutePattern.RawText}";

        Assert.Equal(
            routes.Order(StringComparer.Ordinal),
            (await ApiDescription.OfAsync(host)).Calls.Select(c => c.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_operation_names_its_roles_and_the_errors_common_to_all_operations()
    {
        var wrong = new List<string>();
        var calls = (await ApiDescription.OfAsync(host)).Calls;
        foreach (var call in calls)
        {
            var required = host.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
                .Single(e => e.RoutePattern.RawText == call.Path
                    && e.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Contains(call.Method, StringComparer.Ordinal))
                .Metadata.GetMetadata<IAuthorizeData>()!.Policy!;
            if (!call.Words.EndsWith(
                $"Role: {string.Join(" or ", ManagementPolicies.RolesOf(required).Select(role => role.Name()))}.",
                StringComparison.Ordinal))
            {
                wrong.Add($"{call}: its description does not name the roles of {required}");
            }

            wrong.AddRange(
                from expected in new[] { (401, "unauthenticated"), (401, "invalid_token"), (403, "forbidden"), (403, "address_not_allowed"),
                    (429, "too_many_requests"), (503, "temporarily_unavailable") }
                where !call.Codes.Contains(expected)
                select $"{call}: no {expected}");
        }

        Assert.Empty(wrong);
        Assert.Equal(calls.Count, calls.Select(c => c.Id).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Example_ids_match_the_pattern_of_their_parameter()
    {
        var wrong =
            from call in (await ApiDescription.OfAsync(host)).Calls
            from parameter in call.PathParameters
            where parameter.Example is null || (parameter.Pattern is { } pattern && !System.Text.RegularExpressions.Regex.IsMatch(
                parameter.Example, pattern, System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromMinutes(1)))
            select $"{call}: {parameter}";

        Assert.Empty(wrong);
    }
}
