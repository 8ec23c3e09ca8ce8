using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Latchkey.Server.Pages;

/// <summary>
/// The stylesheets and the icon. The URL of a stylesheet contains a hash of the content, so browsers may cache it forever. Browsers ask for
/// the icon at its well-known path.
/// </summary>
internal static class Assets
{
    private static readonly FrozenDictionary<string, (string Path, byte[] Text)> Stylesheets =
        new[] { ("pages", "Pages"), ("api", "OpenApi") }.ToFrozenDictionary(
            s => s.Item1, s => Read(s.Item1, s.Item2), StringComparer.Ordinal);

    private static readonly byte[] Icon = Bytes("Pages.favicon.ico");
    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    public const string IconPath = "/favicon.ico";

    public static string StylesheetPath => PathOf("pages");

    public static string PathOf(string stylesheet) => Stylesheets[stylesheet].Path;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/assets/{name}", Get);
        app.MapMethods(IconPath, GetAndHead, GetIcon);
    }

    private static IResult GetIcon(HttpResponse response)
    {
        response.Headers.CacheControl = "public, max-age=86400";
        return TypedResults.Bytes(Icon, "image/x-icon");
    }

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
        var bytes = Bytes($"{feature}.{name}.css");
        return ($"/assets/{name}.{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}.css", bytes);
    }

    private static byte[] Bytes(string resource)
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream($"Latchkey.Server.{resource}")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
