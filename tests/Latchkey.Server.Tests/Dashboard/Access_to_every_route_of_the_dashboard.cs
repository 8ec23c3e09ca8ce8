using System.Net;
using Latchkey.Server.Dashboard;
using Latchkey.Server.Limits;
using Latchkey.Server.Operators;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>The rules of every route of the dashboard, generated from the routes of the running server.</summary>
public sealed class Access_to_every_route_of_the_dashboard(OnSqlite host) : IClassFixture<OnSqlite>
{
    private static readonly string[] Ids = ["opr_0000000000000000000000", "x"];

    [Fact]
    public void Every_route_below_dashboard_has_a_role_and_is_in_the_budget()
    {
        var below = Endpoints()
            .Where(e => e.RoutePattern.RawText!.TrimStart('/').StartsWith("dashboard", StringComparison.Ordinal)).ToList();
        Assert.InRange(below.Count, 4, 1_000);
        Assert.All(below, e => Assert.NotNull(e.Metadata.GetMetadata<DashboardRoute>()));
        Assert.All(below, e => Assert.IsType<RouteCost.Credential>(RouteCost.Of(e)));
        Assert.Equal(below.Count, Routes().Count);
    }

    [Fact]
    public async Task A_route_with_a_role_is_refused_without_a_session()
    {
        using var visitor = new Browser(host);
        foreach (var route in Routes().Where(route => route.Role is not null))
        {
            foreach (var path in Paths(route))
            {
                using var response = await SendAsync(visitor, route, path, token: "");
                if (route.Method == "GET")
                {
                    Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
                    Assert.StartsWith("/dashboard/sign-in?next=", response.Headers.Location!.ToString(), StringComparison.Ordinal);
                }
                else
                {
                    await ExpectAsync(response, HttpStatusCode.Unauthorized, "signed_out");
                }
            }
        }
    }

    [Theory]
    [InlineData("viewer")]
    [InlineData("admin")]
    public async Task A_route_of_a_higher_role_is_refused(string role)
    {
        var own = OperatorRoles.Parse(role)!.Value;
        using var user = await DashboardUser.SignInAsync(host, own);
        foreach (var route in Routes().Where(route => route.Role > own))
        {
            foreach (var path in Paths(route))
            {
                using var response = await SendAsync(user.Browser, route, path, user.TokenFor(path));
                await ExpectAsync(response, HttpStatusCode.Forbidden, "forbidden");
            }
        }
    }

    [Fact]
    public async Task A_form_post_of_another_origin_is_refused()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        (string Name, string Value)[][] foreign =
        [
            [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")],
            [("Origin", "null")],
            [],
            [("Origin", host.BaseUrl), ("Sec-Fetch-Site", "cross-site")],
            [("Origin", host.BaseUrl), ("Sec-Fetch-Site", "same-site")],
        ];
        foreach (var route in Routes().Where(route => route.Method == "POST"))
        {
            foreach (var headers in foreign)
            {
                var path = Paths(route)[0];
                using var response = await user.Browser.SendAsync(
                    HttpMethod.Post, path, [new("form_token", user.TokenFor(path))], headers);
                await ExpectAsync(response, HttpStatusCode.Forbidden, "foreign_origin");
            }
        }
    }

    [Fact]
    public async Task A_form_post_with_the_token_of_another_path_or_session_is_refused()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        using var other = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        foreach (var route in Routes().Where(route => route is { Method: "POST", Role: not null }))
        {
            var path = Paths(route)[0];
            foreach (var token in new[] { "", "wrong", user.TokenFor(path + "x"), other.TokenFor(path) })
            {
                using var response = await SendAsync(user.Browser, route, path, token);
                await ExpectAsync(response, HttpStatusCode.Forbidden, "form_refused");
            }
        }
    }

    [Fact]
    public async Task A_framed_page_and_a_framed_form_are_refused()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        foreach (var route in Routes())
        {
            var path = Paths(route)[0];
            foreach (var destination in new[] { "iframe", "frame", "embed", "object", "fencedframe" })
            {
                using var response = await user.Browser.SendAsync(
                    new HttpMethod(route.Method), path, route.Method == "GET" ? null : [new("form_token", user.TokenFor(path))],
                    ("Sec-Fetch-Dest", destination), ("Origin", host.BaseUrl));
                await ExpectAsync(response, HttpStatusCode.Forbidden, "framed");
            }
        }
    }

    [Fact]
    public async Task Every_response_has_the_headers_of_the_dashboard()
    {
        using var visitor = new Browser(host);
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        foreach (var route in Routes())
        {
            foreach (var browser in new[] { visitor, user.Browser })
            {
                using var response = await SendAsync(browser, route, Paths(route)[0], "");
                var headers = response.Headers;
                Assert.Equal(
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                    + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
                    + "trusted-types 'none'",
                    headers.GetValues("Content-Security-Policy").Single());
                Assert.Equal("DENY", headers.GetValues("X-Frame-Options").Single());
                Assert.Equal("same-origin", headers.GetValues("Cross-Origin-Opener-Policy").Single());
                Assert.Equal("same-origin", headers.GetValues("Cross-Origin-Resource-Policy").Single());
                Assert.Equal("same-origin", headers.GetValues("Referrer-Policy").Single());
                Assert.True(headers.CacheControl!.NoStore);
            }
        }
    }

    [Fact]
    public void A_form_post_that_needs_a_confirmation_has_a_page_of_the_same_path() =>
        Assert.All(
            Routes().Where(route => route is { Method: "POST", NeedsConfirmation: true }),
            post => Assert.Contains(Routes(), page => page.Method == "GET" && page.Pattern == post.Pattern && page.Role == post.Role));

    private static async Task ExpectAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var html = await response.Content.ReadAsStringAsync();
        Assert.True(
            response.StatusCode == status && html.Contains($"data-lk-error=\"{code}\"", StringComparison.Ordinal),
            $"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri}: {(int)response.StatusCode} {html}");
    }

    private Task<HttpResponseMessage> SendAsync(Browser browser, DashboardRoute route, string path, string token) => browser.SendAsync(
        new HttpMethod(route.Method), path, route.Method == "GET" ? null : [new("form_token", token)], ("Origin", host.BaseUrl));

    private static List<string> Paths(DashboardRoute route) =>
        [.. Ids.Select(id => route.Path([.. Enumerable.Repeat(id, route.Pattern.Count(c => c == '{'))]))];

    private List<DashboardRoute> Routes() =>
        [.. Endpoints().Select(e => e.Metadata.GetMetadata<DashboardRoute>()).OfType<DashboardRoute>()];

    private List<RouteEndpoint> Endpoints() =>
        [.. host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];
}
