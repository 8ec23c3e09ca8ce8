using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace EndToEnd.Stage;

/// <summary>Where a client waits for the browser: the server behind its redirect URI.</summary>
internal sealed class RedirectTarget : IAsyncDisposable
{
    private const string Path = "/callback";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Channel<Answer> answers = Channel.CreateUnbounded<Answer>();
    private LoopbackSite? site;
    private int count;

    private RedirectTarget() { }

    public string Uri => site!.Origin + Path;

    /// <summary>How many times a browser came.</summary>
    public int Count => Volatile.Read(ref count);

    /// <param name="host">As for <see cref="LoopbackSite"/>.</param>
    public static async Task<RedirectTarget> StartAsync(string host)
    {
        var target = new RedirectTarget();
        target.site = await LoopbackSite.StartAsync(host, target.TakeAsync);
        return target;
    }

    /// <summary>The next answer a browser brings.</summary>
    public async Task<Answer> AnswerAsync()
    {
        using var late = new CancellationTokenSource(Patience);
        try
        {
            return await answers.Reader.ReadAsync(late.Token);
        }
        catch (OperationCanceledException tooLate)
        {
            throw new TimeoutException($"No browser came to {Uri} within {Patience.TotalSeconds} s.", tooLate);
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
            ? (await context.Request.ReadFormAsync()).ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal)
            : context.Request.Query.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal);
        Interlocked.Increment(ref count);
        await LoopbackSite.HtmlAsync(context.Response, "<h1 id=landed>Back at the client</h1>");
        await answers.Writer.WriteAsync(new Answer(context.Request.Method, fields));
    }
}

/// <summary>What a browser brought to a redirect URI.</summary>
internal sealed record Answer(string Method, IReadOnlyDictionary<string, string> Fields)
{
    public string? this[string name] => Fields.GetValueOrDefault(name);
}
