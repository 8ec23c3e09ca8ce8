using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.TestLogins;

/// <summary>One line of a test login: a step that the login page has to do.</summary>
/// <param name="Kind"><c>ok</c>, <c>bad</c>, <c>now</c> (waits), <c>warn</c> or <c>no</c> (not yet).</param>
/// <param name="Why">What went wrong. Null unless the line is red or amber.</param>
/// <param name="FixedBy">The party that can remove the cause.</param>
/// <param name="Fix">What it has to change.</param>
internal sealed record TestLine(
    string Kind, string Text, string? Why = null, string? FixedBy = null, string? Fix = null, string? Cause = null)
{
    /// <summary>Who has to change what, as one sentence.</summary>
    public string? ToFix => Fix is null ? null : $"{FixedBy}: {Fix}";

    /// <summary>The state in words, for screen readers.</summary>
    public string Spoken => Kind switch
    {
        "ok" => "Done: ",
        "bad" => "Failed: ",
        "warn" => "Skipped: ",
        "now" => "Waiting: ",
        _ => "Not yet: ",
    };
}

/// <summary>
/// The five lines of a test login, from the stage of the login request and the refusals in the sign-in log. The stage decides what is done,
/// so the lines are right while the log cannot be read; the log says why a step is not.
/// </summary>
internal sealed record TestProgress(IReadOnlyList<TestLine> Lines, bool IsWaiting, bool IsDone)
{
    private const int Sent = 0;
    private const int Asked = 1;
    private const int Reported = 2;
    private const int Returned = 3;
    private const int Claims = 4;

    /// <param name="host">The host of the login page.</param>
    public static TestProgress Of(LoginRequest test, string host, IReadOnlyList<SignInEvent> events, DateTimeOffset now)
    {
        var done = DoneOf(test, events);
        var isOver = test is LoginRequest.Ended or LoginRequest.Refused or LoginRequest.Confirmed || Deadlines.HasPassed(test, now);
        var words = WordsOf(test, host);
        var current = Array.FindIndex(done, Asked + 1, isDone => !isDone);
        current = !done[Sent] ? Sent : !done[Reported] && !done[Asked] && !isOver ? Asked : current < 0 ? Claims : current;
        var refusal = RefusalOf(test, events, current, isOver);
        var lines = new TestLine[done.Length];
        for (var i = 0; i < done.Length; i++)
        {
            lines[i] = done[i] ? new("ok", words[i])
                : i == Asked && done[Reported] ? new(
                    "warn", "Your backend did not ask what is wanted",
                    "It reported without reading the login request, so your page cannot show which program asks.",
                    SignInWords.Of(Fixer.LoginPage), "Read the login request before you show the page, and name the program there.")
                : i == current && refusal is { } found ? Red(words[i], found.Cause, found.Facts)
                : new(i == current && !isOver ? "now" : "no", words[i]);
        }

        return new(lines, !isOver, done[Claims]);
    }

    private static bool[] DoneOf(LoginRequest test, IReadOnlyList<SignInEvent> events)
    {
        var asked = test.Details.ContextReadAt is not null;
        var (reported, returned) = test switch
        {
            LoginRequest.AwaitingReturn => (true, false),
            LoginRequest.Confirmed => (true, true),
            LoginRequest.Ended { Subject: not null } => (true, false),
            _ => (false, false),
        };
        var sent = asked || reported || test is LoginRequest.Refused || events.Any(e => e.Name == "test.sent");
        return [sent, asked, reported, returned, returned];
    }

    private static string[] WordsOf(LoginRequest test, string host) =>
    [
        $"Sent your browser to {host}",
        "Your backend asked what is wanted",
        EmailOf(test) is { } email ? $"Your backend reported {email}" : "Your backend reported who signed in",
        test.Details.Verification == Connections.CallbackVerification.Required
            ? "Your browser came back with the confirmation"
            : "Your browser came back (this login page needs no confirmation)",
        "Everything a client would get",
    ];

    private static string? EmailOf(LoginRequest test) => test switch
    {
        LoginRequest.AwaitingReturn waiting => waiting.Report.User.Email,
        LoginRequest.Confirmed confirmed => confirmed.Report.User.Email,
        LoginRequest.Ended ended => ended.Subject,
        _ => null,
    };

    /// <summary>The newest refusal of the step that is not done, or what its silence means when its time is over.</summary>
    private static (Cause Cause, IReadOnlyList<Fact> Facts)? RefusalOf(
        LoginRequest test, IReadOnlyList<SignInEvent> events, int current, bool isOver)
    {
        if (current == Claims)
        {
            return null;
        }

        var station = current == Returned ? Station.Return : Station.LogIn;
        var last = events.LastOrDefault(e => e.Name != SignInCloser.EventName && e.CauseCode is { } code
            && (Causes.Find(code)?.Station == station || isOver));
        return last is not null && Causes.Find(last.CauseCode!) is { } cause ? (cause, last.Facts)
            : !isOver ? null
            : test is LoginRequest.AwaitingReturn ? (ReturnCauses.NeverCameBack, [])
            : test is LoginRequest.AwaitingLogin ? (LogInCauses.LoginNeverReported, [])
            : null;
    }

    private static TestLine Red(string text, Cause cause, IReadOnlyList<Fact> facts) => new(
        "bad", text, CauseText.Render(cause.Title, facts), SignInWords.Of(cause.FixedBy), CauseText.Render(cause.Fix, facts), cause.Code);
}
