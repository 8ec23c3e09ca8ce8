using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace EndToEnd.Browser;

/// <summary>The server behind a client's redirect URI, where the client waits for the browser.</summary>
internal sealed class RedirectTarget : IAsyncDisposable
{
    private const string Path = "/callback";
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(2);
    private readonly Channel<AuthorizationResponse> responses = Channel.CreateUnbounded<AuthorizationResponse>();
    private LoopbackSite? site;
    private int count;

    private RedirectTarget() { }

    public string Uri => site!.Origin + Path;

    /// <summary>The number of requests to the redirect URI.</summary>
    public int Count => Volatile.Read(ref count);

    /// <param name="host">As in <see cref="LoopbackSite"/>.</param>
    public static async Task<RedirectTarget> StartAsync(string host)
    {
        var target = new RedirectTarget();
        target.site = await LoopbackSite.StartAsync(host, target.TakeAsync);
        return target;
    }

    /// <summary>Waits for the next request to the redirect URI.</summary>
    public async Task<AuthorizationResponse> ResponseAsync()
    {
        using var late = new CancellationTokenSource(MaxWait);
        try
        {
            return await responses.Reader.ReadAsync(late.Token);
        }
        catch (OperationCanceledException tooLate)
        {
            throw new TimeoutException($"No request came to {Uri} within {MaxWait.TotalSeconds} s.", tooLate);
        }
    }

    public ValueTask DisposeAsync() => site!.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        if (context.Request.Path != Path)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var fields = HttpMethods.IsPost(context.Request.Method)
            ? (await context.Request.ReadFormAsync())
                .ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal)
            : context.Request.Query.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal);
        Interlocked.Increment(ref count);
        await LoopbackSite.HtmlAsync(context.Response, "<h1 id=landed>Back at the client</h1>");
        await responses.Writer.WriteAsync(new AuthorizationResponse(context.Request.Method, fields));
    }
}

/// <summary>The parameters of a request to the redirect URI.</summary>
internal sealed record AuthorizationResponse(string Method, IReadOnlyDictionary<string, string> Fields)
{
    public string? this[string name] => Fields.GetValueOrDefault(name);
}
