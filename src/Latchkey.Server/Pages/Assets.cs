using System.Security.Cryptography;

namespace Latchkey.Server.Pages;

/// <summary>The stylesheet, under a URL that changes with its content: kept for ever, never stale.</summary>
internal static class Assets
{
    private static readonly byte[] Stylesheet = Read();
    private static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData(Stylesheet).AsSpan(0, 8));

    public static string StylesheetPath { get; } = $"/assets/pages.{Hash}.css";

    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/assets/{name}", Get);

    private static IResult Get(string name, HttpResponse response)
    {
        if (name != StylesheetPath["/assets/".Length..])
        {
            return TypedResults.NotFound();
        }

        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Bytes(Stylesheet, "text/css; charset=utf-8");
    }

    private static byte[] Read()
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream("Latchkey.Server.Pages.pages.css")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
