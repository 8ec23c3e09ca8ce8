using Latchkey.Server.LoginRequests;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>Where a sign-in stands, why, who can change that, and how.</summary>
public sealed record SignInVerdict
{
    /// <summary><c>bad</c>, <c>ok</c>, <c>live</c> or empty.</summary>
    public required string Kind { get; init; }
    public required string Title { get; init; }
    public required IReadOnlyList<string> Sentences { get; init; }

    /// <summary>The code of the cause. Null when nothing stopped the sign-in.</summary>
    public string? Cause { get; init; }
    public string? FixedBy { get; init; }
    public string? Fix { get; init; }

    /// <summary>What the operator can tell the person.</summary>
    public string? ForPerson { get; init; }
    public IReadOnlyList<DiffPair> Compared { get; init; } = [];

    internal static SignInVerdict Of(SignIn signIn)
    {
        var summary = signIn.Summary;
        var cause = summary.CauseCode is { } code ? Causes.Find(code) : null;
        return summary.Outcome switch
        {
            SignInOutcome.Running => new()
            {
                Kind = "live",
                Title = $"Waits at {SignInWords.Of(summary.Station ?? Station.Ask)}",
                Sentences = [WaitsFor(summary.Station ?? Station.Ask)],
            },
            SignInOutcome.Connected when summary.Purpose is LoginPurpose.Test.StoredName => new()
            {
                Kind = "ok",
                Title = "Test login: the login page works",
                Sentences = ["An operator tried the login page. There was no client, and no access came of it."],
            },
            SignInOutcome.Connected when cause is null => new()
            {
                Kind = "ok",
                Title = $"Connected: {SignInLine.ClientOf(summary)} has its tokens",
                Sentences = ["Latchkey’s part ended well. What the MCP server answers is not seen here."],
            },
            _ when cause is not null => OfCause(signIn, cause),
            { } outcome => new()
            {
                Kind = SignInWords.KindOf(outcome),
                Title = summary.CauseCode is { } unknown
                    ? $"{SignInWords.Of(outcome)}: {SignInWords.OfCode(unknown)}" : SignInWords.Of(outcome),
                Sentences = summary.CauseCode is null ? [] : ["This version of the program does not know this cause."],
            },
            null => new() { Kind = "", Title = "Recorded by an earlier version", Sentences = ["Only its events were recorded."] },
        };
    }

    private static SignInVerdict OfCause(SignIn signIn, Cause cause)
    {
        var summary = signIn.Summary;
        var decisive = signIn.Events.LastOrDefault(e => e.CauseCode == cause.Code && e.Name != SignInCloser.EventName)
            ?? signIn.Events.LastOrDefault(e => e.CauseCode == cause.Code);
        var facts = decisive?.Facts ?? [];
        var station = summary.Station ?? cause.Station;
        return new()
        {
            Kind = SignInWords.KindOf(summary.Outcome),
            Title = $"{SignInWords.Of(summary.Outcome ?? SignInOutcome.Stopped)} at {SignInWords.Of(station)}: "
                + CauseText.Render(cause.Title, facts),
            Sentences = [CauseText.Render(cause.Explanation, facts)],
            Cause = cause.Code,
            FixedBy = SignInWords.Of(cause.FixedBy),
            Fix = CauseText.Render(cause.Fix, facts),
            ForPerson = cause.ForPerson is { } words ? CauseText.Render(words, facts) : null,
            Compared = DiffPair.Of(cause, facts),
        };
    }

    private static string WaitsFor(Station station) => station switch
    {
        Station.LogIn => "The person is at your login page, or its backend has not reported yet.",
        Station.Return => "Your backend has reported the person; the browser has not come back yet.",
        Station.Consent => "The question is open in the person’s browser.",
        Station.Token => "The person allowed it; the client has not come for its tokens yet.",
        _ => "It goes on.",
    };
}
