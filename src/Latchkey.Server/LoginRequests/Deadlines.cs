using System.Globalization;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.LoginRequests;

/// <summary>The deadline of each stage. No job expires a stage: each reader compares the deadline with the clock.</summary>
internal static class Deadlines
{
    /// <summary>For this long, a second press or a reload sends the client's error again: as long as a code would be valid.</summary>
    private static readonly TimeSpan ErrorIsRepeated = TimeSpan.FromMinutes(1);

    /// <summary>The time from which the stage's next step is refused. Null when the stage has no next step with a deadline.</summary>
    public static DateTimeOffset? Of(LoginRequest request) => request switch
    {
        LoginRequest.AwaitingLogin => request.Details.LoginBy,
        LoginRequest.AwaitingReturn waiting => waiting.ReturnBy,
        LoginRequest.Refused => request.Details.LoginBy,
        LoginRequest.AwaitingConsent waiting => waiting.ConsentBy,
        LoginRequest.Confirmed confirmed => confirmed.OpenUntil,
        LoginRequest.AwaitingExchange waiting => waiting.CodeBy,
        LoginRequest.Exchanged => null,
        LoginRequest.Ended { Answer: not null } ended => ended.EndedAt + ErrorIsRepeated,
        LoginRequest.Ended => null,
    };

    /// <summary>The login request still waits for the person, so its cookie is in use.</summary>
    public static bool IsOpen(LoginRequest request, DateTimeOffset now) =>
        request is not (LoginRequest.Confirmed or LoginRequest.AwaitingExchange or LoginRequest.Exchanged or LoginRequest.Ended)
        && Of(request) is { } by && by > now;

    public static bool HasPassed(LoginRequest request, DateTimeOffset now) => Of(request) is { } by && by <= now;

    /// <summary>How late a step came, and how much time there was.</summary>
    public static Fact[] FactsOf(LoginRequest request, DateTimeOffset now)
    {
        if (Of(request) is not { } by)
        {
            return [];
        }

        var from = request switch
        {
            LoginRequest.AwaitingReturn waiting => waiting.ReportedAt,
            LoginRequest.AwaitingConsent waiting => waiting.ReturnedAt,
            LoginRequest.Confirmed confirmed => confirmed.ReturnedAt,
            LoginRequest.AwaitingExchange waiting => waiting.DecidedAt,
            LoginRequest.Ended ended => ended.EndedAt,
            _ => request.Details.CreatedAt,
        };
        return [Fact.Seen(FactNames.SecondsLate, Seconds(now - by)), Fact.Expected(FactNames.SecondsAllowed, Seconds(by - from))];
    }

    private static string Seconds(TimeSpan time) => ((long)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    /// <summary>A callback from another browser has an effect only while this is true; later it only shows a page.</summary>
    public static bool IsAlive(LoginRequest request, DateTimeOffset now) =>
        request.Details.LoginBy > now || (Of(request) is { } by && by > now);
}
