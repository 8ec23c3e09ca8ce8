using Latchkey.Server.Limits;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Limits;

/// <summary>Every route of the running server is in the budget of the network that calls it, or is exempt for a reason.</summary>
public sealed class Budget_of_each_route(OnSqlite host) : IClassFixture<OnSqlite>
{
    /// <summary>The routes that cost nothing. A new one belongs here only if a stranger can cause no work with it.</summary>
    private static readonly string[] Exempt = ["/healthz", "/readyz"];

    /// <summary>Routes that strangers call, with the units of a row. All others that strangers call are answered from memory.</summary>
    private static readonly string[] FromMemory = ["/.well-known/", "/keys", "/assets/", "/logos/", "/api/openapi.json", "/api/docs"];

    /// <summary>
    /// Answers that never change while the server runs. The stylesheet of a brand is computed from the six digits of its name, without
    /// the database and without anything else of the request.
    /// </summary>
    private static readonly string[] FixedAnswers = ["/", "/favicon.ico", "/favicon.svg", "/robots.txt", "/brand/{name}"];

    [Fact]
    public void A_route_is_charged_or_exempt_for_a_reason_or_requires_a_management_credential()
    {
        var routes = Routes();
        Assert.InRange(routes.Count, 80, 1_000);
        foreach (var route in routes)
        {
            var path = "/" + route.RoutePattern.RawText!.TrimStart('/');
            switch (RouteCost.Of(route))
            {
                case RouteCost.Page page:
                    Assert.True(page.Units > 0 && page.Event.EndsWith(".refused", StringComparison.Ordinal), path);
                    break;
                case RouteCost.Program program:
                    Assert.True(
                        program.Units >= RouteCost.RowUnits || FromMemory.Any(p => path.Contains(p, StringComparison.Ordinal))
                            || FixedAnswers.Contains(path, StringComparer.Ordinal),
                        $"{path} costs {program.Units} although it is not answered from memory");
                    break;
                case RouteCost.Credential credential:
                    Assert.True(credential.Units >= RouteCost.RowUnits, path);
                    break;
                case RouteCost.Exempt exempt:
                    Assert.True(
                        Exempt.Contains(path, StringComparer.Ordinal) || route.Metadata.GetMetadata<IAuthorizeData>() is not null, path);
                    Assert.InRange(exempt.Reason.Length, 40, 400);
                    break;
            }
        }
    }

    [Fact]
    public void A_new_route_and_an_unknown_path_are_charged_without_any_declaration()
    {
        var added = new Endpoint(requestDelegate: null, new EndpointMetadataCollection(), "added");
        Assert.Equal(new RouteCost.Program(1), RouteCost.Of(added));
        Assert.Equal(new RouteCost.Program(1), RouteCost.Of(endpoint: null));
        var open = new Endpoint(null, new EndpointMetadataCollection(new AuthorizeAttribute(), new AllowAnonymousAttribute()), "open");
        Assert.Equal(new RouteCost.Program(1), RouteCost.Of(open));
    }

    /// <summary>These are the pages that a web page of a stranger can make a browser load.</summary>
    [Fact]
    public void Authorization_callback_and_consent_are_pages_that_only_a_navigation_opens() => Assert.Equal(
        [
            "/account", "/account/disconnect-all", "/account/programs/{grant}", "/account/programs/{grant}/change",
            "/account/programs/{grant}/disconnect", "/account/programs/{grant}/report", "/account/remembered/{consent}",
            "/account/sign-in", "/account/sign-in/{id}", "/account/sign-out", "/consent/{id}",
            "/oauth/authorize", "/resources/{resource}/oauth/authorize",
            "/sso/v1/connections/{connection}/partner:callback",
        ],
        Routes().Where(route => RouteCost.Of(route) is RouteCost.Page).Select(route => route.RoutePattern.RawText!)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    private List<RouteEndpoint> Routes() =>
        [.. host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];
}
