using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Latchkey.Server.OpenApi;

/// <param name="Tag">Of this text and no other.</param>
internal sealed record KeptText(byte[] Utf8, string Tag)
{
    public static KeptText Of(byte[] utf8) => new(utf8, $"\"{Convert.ToHexStringLower(SHA256.HashData(utf8).AsSpan(0, 8))}\"");
}

/// <summary>The document, made once by whoever asks first.</summary>
internal sealed class ApiDocument
{
    private readonly Lazy<Task<KeptText>> json;

    public ApiDocument([FromKeyedServices("management")] IOpenApiDocumentProvider provider)
    {
        json = new(async () => KeptText.Of(await WriteAsync(await provider.GetOpenApiDocumentAsync(CancellationToken.None))));
    }

    public Task<KeptText> JsonAsync() => json.Value;

    private static async Task<byte[]> WriteAsync(OpenApiDocument document)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        await document.SerializeAsync(new OpenApiJsonWriter(text, new OpenApiJsonWriterSettings { Terse = true }), OpenApiSpecVersion.OpenApi3_1, CancellationToken.None);
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
