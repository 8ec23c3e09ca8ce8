using Latchkey.Server.Pages;

namespace Latchkey.Server.Health;

/// <summary>
/// What a browser asks for at the root of the server: the home page, the icon of the window, and the rules for crawlers, which have nothing
/// to find here. The home page shows the version, which the OpenAPI document tells anyway.
/// </summary>
internal static class HomeEndpoints
{
    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapMethods("/", GetAndHead, () => new PageResponse(new PageView.Home(ProgramVersion.Text)));
        app.MapMethods("/robots.txt", GetAndHead, () => TypedResults.Text("User-agent: *\nDisallow: /\n"));
    }
}
