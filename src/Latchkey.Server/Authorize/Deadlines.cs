namespace Latchkey.Server.Authorize;

/// <summary>Until when each stage may go on. Stages do not expire by themselves: whoever looks compares with the clock.</summary>
internal static class Deadlines
{
    /// <summary>A second press or a reload gets the client's error again for as long as a code would live; later nobody waits for it there.</summary>
    private static readonly TimeSpan ErrorIsRepeated = TimeSpan.FromMinutes(1);

    /// <summary>The moment at which the stage's next step is no longer accepted; null: it has no next step of its own.</summary>
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

    /// <summary>The visit still waits for a person: its cookie is in use.</summary>
    public static bool IsOpen(AuthRequest request, DateTimeOffset now) =>
        request is not (AuthRequest.AwaitingExchange or AuthRequest.Exchanged or AuthRequest.Ended) && Of(request) is { } by && by > now;

    public static bool HasPassed(AuthRequest request, DateTimeOffset now) => Of(request) is { } by && by <= now;

    /// <summary>A callback from a foreign browser acts only while this holds; later it is a page and nothing more.</summary>
    public static bool IsAlive(AuthRequest request, DateTimeOffset now) => request.Visit.LoginBy > now || (Of(request) is { } by && by > now);
}
