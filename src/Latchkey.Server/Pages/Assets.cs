using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Latchkey.Server.Pages;

/// <summary>The stylesheets. Each URL contains a hash of the content, so browsers may cache it forever.</summary>
internal static class Assets
{
    private static readonly FrozenDictionary<string, (string Path, byte[] Text)> Stylesheets =
        new[] { ("pages", "Pages"), ("api", "OpenApi") }.ToFrozenDictionary(
            s => s.Item1, s => Read(s.Item1, s.Item2), StringComparer.Ordinal);

    public static string StylesheetPath => PathOf("pages");

    public static string PathOf(string stylesheet) => Stylesheets[stylesheet].Path;

    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/assets/{name}", Get);

    private static IResult Get(string name, HttpResponse response)
    {
        if (Stylesheets.Values.FirstOrDefault(s => s.Path == $"/assets/{name}").Text is not { } text)
        {
            return TypedResults.NotFound();
        }

        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Bytes(text, "text/css; charset=utf-8");
    }

    private static (string Path, byte[] Text) Read(string name, string feature)
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream($"Latchkey.Server.{feature}.{name}.css")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return ($"/assets/{name}.{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}.css", bytes);
    }
}
