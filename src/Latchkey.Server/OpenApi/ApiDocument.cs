using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Latchkey.Server.OpenApi;

/// <param name="Tag">The ETag, a hash of the text.</param>
internal sealed record KeptText(byte[] Utf8, string Tag)
{
    public static KeptText Of(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return new(utf8, $"\"{Convert.ToHexStringLower(SHA256.HashData(utf8).AsSpan(0, 8))}\"");
    }
}

/// <summary>The OpenAPI document and its HTML page. Each is made once, at the first request.</summary>
internal sealed class ApiDocument
{
    private readonly Lazy<Task<KeptText>> json;
    private readonly Lazy<Task<KeptText>> page;

    public ApiDocument([FromKeyedServices(OpenApiEndpoints.Name)] IOpenApiDocumentProvider provider, IServiceProvider services)
    {
        json = new(async () => KeptText.Of(Write(await provider.GetOpenApiDocumentAsync(CancellationToken.None))));
        page = new(async () => KeptText.Of(await RenderAsync(await provider.GetOpenApiDocumentAsync(CancellationToken.None), services)));
    }

    public Task<KeptText> JsonAsync() => json.Value;

    public Task<KeptText> PageAsync() => page.Value;

    private static string Write(OpenApiDocument document)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        document.SerializeAsV31(new OpenApiJsonWriter(text, new OpenApiJsonWriterSettings { Terse = true }));
        return text.ToString();
    }

    private static async Task<string> RenderAsync(OpenApiDocument document, IServiceProvider services)
    {
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = ParameterView.FromDictionary(
                new Dictionary<string, object?>(StringComparer.Ordinal) { [nameof(ReferencePage.Document)] = document });
            return (await renderer.RenderComponentAsync<ReferencePage>(parameters)).ToHtmlString();
        });
    }
}
