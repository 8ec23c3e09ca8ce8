using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Latchkey.Server.Operators;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SignIns;

/// <param name="IsLast">Whether the stream ends with this item.</param>
internal sealed record LiveItem(SseItem<string> Item, bool IsLast = false);

/// <summary>
/// Streams of Server-Sent Events. A stream ends after ten minutes, when its page asks again, when the session of the operator has ended,
/// and when the server stops. Only so many are open at once (<see cref="SignInTail"/>).
/// </summary>
internal sealed class LiveStream(
    SignInTail tail, OperatorCookie cookie, OperatorSessionStore sessions, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    private static readonly TimeSpan MaxLength = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan BetweenPings = TimeSpan.FromSeconds(15);
    private const int PingsPerCheck = 4;

    /// <summary>Waits for the next item until it is cancelled.</summary>
    /// <returns>Null when there is none for now.</returns>
    public delegate Task<LiveItem?> Next(SignInTail.Listener listener, CancellationToken stop);

    public IResult Follow(DashboardRequest request, Next next)
    {
        if (!request.Http.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.Ordinal))
        {
            return DashboardErrors.NotFound.Page(request);
        }

        // Reverse proxies pass each event on at once.
        request.Http.Response.Headers["X-Accel-Buffering"] = "no";
        return tail.Open(request.Operator.Id.Value) is { } listener
            ? TypedResults.ServerSentEvents(ReadAsync(listener, next, request, request.Aborted))
            : SignInErrors.TooManyTails.Page(request);
    }

    private async IAsyncEnumerable<SseItem<string>> ReadAsync(
        SignInTail.Listener listener, Next next, DashboardRequest request, [EnumeratorCancellation] CancellationToken stop)
    {
        using var open = listener;

        // A stopping server does not wait for its live pages.
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stop, lifetime.ApplicationStopping);
        yield return new("", "ping");
        var begun = clock.GetTimestamp();
        var pinged = TimeProvider.System.GetTimestamp();
        for (var pings = 0; clock.GetElapsedTime(begun) < MaxLength && !ends.IsCancellationRequested;)
        {
            var item = await NextAsync(listener, next, ends.Token);
            if (item is not null)
            {
                yield return Shown(item.Item, request);
                if (item.IsLast)
                {
                    yield break;
                }
            }
            else if (TimeProvider.System.GetElapsedTime(pinged) >= BetweenPings)
            {
                pinged = TimeProvider.System.GetTimestamp();
                if (++pings % PingsPerCheck == 0 && !await IsSignedInAsync(request))
                {
                    yield break;
                }

                yield return new("", "ping");
            }
        }
    }

    private static SseItem<string> Shown(SseItem<string> item, DashboardRequest request) =>
        new(HiddenPeople.Of(request, item.Data), item.EventType) { EventId = item.EventId };

    private static async Task<LiveItem?> NextAsync(SignInTail.Listener listener, Next next, CancellationToken stop)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(stop);
        wait.CancelAfter(BetweenPings);
        try
        {
            return await next(listener, wait.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>A live page ends with the session of its operator.</summary>
    private async Task<bool> IsSignedInAsync(DashboardRequest request) =>
        cookie.Read(request.Http.Request) is { } token
        && await sessions.FindAsync(token, request.Aborted) is { } session && session.IsLive(clock.GetUtcNow());
}
