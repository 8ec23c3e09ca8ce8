namespace Latchkey.Server.Authorize;

/// <summary>The deadline of each stage. No job expires a stage: each reader compares the deadline with the clock.</summary>
internal static class Deadlines
{
    /// <summary>For this long, a second press or a reload sends the client's error again: as long as a code would be valid.</summary>
    private static readonly TimeSpan ErrorIsRepeated = TimeSpan.FromMinutes(1);

    /// <summary>The time from which the stage's next step is refused. Null when the stage has no next step with a deadline.</summary>
    public static DateTimeOffset? Of(AuthRequest request) => request switch
    {
        AuthRequest.AwaitingLogin => request.Visit.LoginBy,
        AuthRequest.AwaitingReturn waiting => waiting.ReturnBy,
        AuthRequest.Refused => request.Visit.LoginBy,
        AuthRequest.AwaitingConsent waiting => waiting.ConsentBy,
        AuthRequest.AwaitingExchange waiting => waiting.CodeBy,
        AuthRequest.Exchanged => null,
        AuthRequest.Ended { Answer: not null } ended => ended.EndedAt + ErrorIsRepeated,
        AuthRequest.Ended => null,
    };

    /// <summary>The login request still waits for the person, so its cookie is in use.</summary>
    public static bool IsOpen(AuthRequest request, DateTimeOffset now) =>
        request is not (AuthRequest.AwaitingExchange or AuthRequest.Exchanged or AuthRequest.Ended) && Of(request) is { } by && by > now;

    public static bool HasPassed(AuthRequest request, DateTimeOffset now) => Of(request) is { } by && by <= now;

    /// <summary>A callback from another browser has an effect only while this is true; later it only shows a page.</summary>
    public static bool IsAlive(AuthRequest request, DateTimeOffset now) => request.Visit.LoginBy > now || (Of(request) is { } by && by > now);
}
