using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Latchkey.Server.Configuration;
using Latchkey.Server.Operators;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>
/// The Server-Sent Events of a live list: the fields of a row as JSON text, which the script puts into a row as text. A stream ends after
/// ten minutes, when its page asks again, and when the session of the operator has ended.
/// </summary>
internal sealed class LiveEventPages(
    SignInTail tail, OperatorCookie cookie, OperatorSessionStore sessions, ConfigurationCache configuration,
    IHostApplicationLifetime lifetime, TimeProvider clock)
{
    private static readonly TimeSpan MaxLength = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan BetweenPings = TimeSpan.FromSeconds(15);
    private const int PingsPerCheck = 4;

    public static readonly DashboardRoute LiveEvents = DashboardRoute.Page("/dashboard/sign-ins/live.events");

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDashboard<LiveEventPages>(LiveEvents, (pages, request) => Task.FromResult(pages.Follow(request)));

    private IResult Follow(DashboardRequest request)
    {
        if (!request.Http.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.Ordinal))
        {
            return DashboardErrors.NotFound.Page(request);
        }

        // Reverse proxies pass each event on at once.
        request.Http.Response.Headers["X-Accel-Buffering"] = "no";
        var filters = SignInFilters.Read(request.Query, configuration.Current, request.Now);
        return tail.Open(request.Operator.Id.Value) is { } listener
            ? TypedResults.ServerSentEvents(ReadAsync(listener, filters.Selection with { From = null }, request, request.Aborted))
            : SignInErrors.TooManyTails.Page(request);
    }

    private async IAsyncEnumerable<SseItem<string>> ReadAsync(
        SignInTail.Listener listener, SignInSelection selection, DashboardRequest request, [EnumeratorCancellation] CancellationToken stop)
    {
        using var open = listener;

        // A stopping server does not wait for its live lists.
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stop, lifetime.ApplicationStopping);
        yield return new("", "ping");
        var begun = clock.GetTimestamp();
        for (var pings = 0; clock.GetElapsedTime(begun) < MaxLength && !ends.IsCancellationRequested;)
        {
            if (await NextAsync(listener, ends.Token) is not { } next)
            {
                if (++pings % PingsPerCheck == 0 && !await IsSignedInAsync(request))
                {
                    yield break;
                }

                yield return new("", "ping");
            }
            else if (selection.Matches(next.Summary))
            {
                var line = JsonOf(SignInLine.Of(next.Summary, next.Refusals, configuration.Current));
                yield return new(HiddenPeople.Of(request, line), "row")
                {
                    EventId = next.Position.ToString(CultureInfo.InvariantCulture),
                };
            }
        }
    }

    /// <returns>Null when nothing came for a while.</returns>
    private static async Task<TailedSignIn?> NextAsync(SignInTail.Listener listener, CancellationToken stop)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(stop);
        wait.CancelAfter(BetweenPings);
        try
        {
            return await listener.Rows.ReadAsync(wait.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>A live list ends with the session of its operator.</summary>
    private async Task<bool> IsSignedInAsync(DashboardRequest request) =>
        cookie.Read(request.Http.Request) is { } token
        && await sessions.FindAsync(token, request.Aborted) is { } session && session.IsLive(clock.GetUtcNow());

    private static string JsonOf(SignInLine line) => SignInJson.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("id", line.Id);
        json.WriteString("path", line.Path);
        json.WriteString("at", line.StartedAt.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        json.WriteString("when", line.StartedAt.UtcDateTime.ToString("HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        json.WriteString("spoken", line.Spoken);
        json.WriteString("sentence", line.Sentence);
        json.WriteString("person", line.Person);
        json.WriteString("client", line.Client);
        json.WriteString("host", line.Host);
        json.WriteString("server", line.Server);
        json.WriteString("reference", line.Reference);
        json.WriteStartArray("latch");
        foreach (var step in line.Latch)
        {
            json.WriteStringValue(step.Kind);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });
}
