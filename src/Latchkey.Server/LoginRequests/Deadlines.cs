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
        LoginRequest.AwaitingExchange waiting => waiting.CodeBy,
        LoginRequest.Exchanged => null,
        LoginRequest.Ended { Answer: not null } ended => ended.EndedAt + ErrorIsRepeated,
        LoginRequest.Ended => null,
    };

    /// <summary>The login request still waits for the person, so its cookie is in use.</summary>
    public static bool IsOpen(LoginRequest request, DateTimeOffset now) =>
        request is not (LoginRequest.AwaitingExchange or LoginRequest.Exchanged or LoginRequest.Ended) && Of(request) is { } by && by > now;

    public static bool HasPassed(LoginRequest request, DateTimeOffset now) => Of(request) is { } by && by <= now;

    /// <summary>A callback from another browser has an effect only while this is true; later it only shows a page.</summary>
    public static bool IsAlive(LoginRequest request, DateTimeOffset now) =>
        request.Details.LoginBy > now || (Of(request) is { } by && by > now);
}
