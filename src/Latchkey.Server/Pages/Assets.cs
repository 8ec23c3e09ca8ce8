using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Latchkey.Server.Pages;

/// <summary>
/// The stylesheets, the scripts and the icon. The URL of a file contains a hash of the content, so browsers may cache it forever. Browsers
/// ask for the icon at its well-known path.
/// </summary>
internal static class Assets
{
    /// <summary>By the name that pages use: a stylesheet has no extension.</summary>
    private static readonly FrozenDictionary<string, Asset> Files = new[]
    {
        ("tokens", "Pages"), ("pages", "Pages"), ("api", "OpenApi"), ("console", "Dashboard"), ("signins", "Dashboard"),
        ("forms", "Dashboard"), ("console.js", "Dashboard"),
    }.ToFrozenDictionary(file => file.Item1, file => Read(file.Item1, file.Item2), StringComparer.Ordinal);

    private static readonly byte[] Icon = Bytes("Pages.favicon.ico");
    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    public const string IconPath = "/favicon.ico";

    public static string PathOf(string name) => Files[name].Path;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/assets/{name}", Get);
        BrandColor.Map(app);
        app.MapMethods(IconPath, GetAndHead, GetIcon);
    }

    private static IResult GetIcon(HttpResponse response)
    {
        response.Headers.CacheControl = "public, max-age=86400";
        return TypedResults.Bytes(Icon, "image/x-icon");
    }

    private static IResult Get(string name, HttpResponse response)
    {
        if (Files.Values.FirstOrDefault(file => file.Path == $"/assets/{name}") is not { } asset)
        {
            return TypedResults.NotFound();
        }

        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Bytes(asset.Text, asset.ContentType);
    }

    private static Asset Read(string name, string feature)
    {
        var (stem, extension, type) = name.EndsWith(".js", StringComparison.Ordinal)
            ? (name[..^".js".Length], "js", "text/javascript; charset=utf-8")
            : (name, "css", "text/css; charset=utf-8");
        var bytes = Bytes($"{feature}.{stem}.{extension}");
        return new($"/assets/{stem}.{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}.{extension}", type, bytes);
    }

    private static byte[] Bytes(string resource)
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream($"Latchkey.Server.{resource}")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private sealed record Asset(string Path, string ContentType, byte[] Text);
}
