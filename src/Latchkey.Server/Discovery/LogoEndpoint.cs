using Latchkey.Server.Configuration;
using Latchkey.Server.Pages;

namespace Latchkey.Server.Discovery;

/// <summary>The logo of a resource, with the type of its bytes. The name contains their hash, so browsers may cache it forever.</summary>
internal static class LogoEndpoint
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/logos/{resource}/{name}", Get);

    private static IResult Get(string resource, string name, HttpResponse response, ConfigurationCache configuration)
    {
        if (ResourceId.Parse(resource) is not { } id || configuration.Current.Find(id)?.LogoImage is not { } logo || logo.FileName != name)
        {
            return TypedResults.NotFound();
        }

        PageResponse.Guard(response);
        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return TypedResults.Bytes(logo.Bytes, logo.ContentType);
    }
}
