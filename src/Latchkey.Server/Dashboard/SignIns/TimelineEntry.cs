using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>A value that an event rests on.</summary>
public sealed record FactLine(string Name, string Value);

/// <summary>An event as the timeline shows it.</summary>
public sealed record TimelineEntry
{
    private static readonly TimeSpan MinWait = TimeSpan.FromSeconds(2);

    public required DateTimeOffset At { get; init; }

    /// <summary><c>ok</c>, <c>bad</c>, <c>note</c> or <c>mute</c>.</summary>
    public required string Kind { get; init; }
    public required string Icon { get; init; }
    public required string Title { get; init; }
    public required string? Text { get; init; }
    public required string Actor { get; init; }
    public required IReadOnlyList<FactLine> Facts { get; init; }

    /// <summary>How long it took since the event before, and whose time that was. Null when it was short.</summary>
    public required string? Wait { get; init; }

    internal static IReadOnlyList<TimelineEntry> Of(IReadOnlyList<SignInEvent> events) =>
        [.. events.Select((happened, i) => Of(happened, i > 0 ? happened.At - events[i - 1].At : TimeSpan.Zero))];

    private static TimelineEntry Of(SignInEvent happened, TimeSpan wait)
    {
        var words = EventWords.Of(happened);
        return new()
        {
            At = happened.At,
            Kind = words.Kind,
            Icon = words.Icon,
            Title = words.Title,
            Text = words.Text,
            Actor = words.Actor,
            Facts =
            [
                .. happened.Facts.Where(f => f.Name is not (RecordedFacts.Detail or ClientQuirk.FactName))
                    .Select(f => new FactLine(f.Kind == FactKind.Expected ? $"{f.Name} (expected)" : f.Name, f.Value)),
            ],
            Wait = wait >= MinWait ? $"{SignInWords.Of(wait)} {PlaceBefore(happened.Name)}" : null,
        };
    }

    /// <summary>Where the sign-in was before an event.</summary>
    private static string PlaceBefore(string name) => name.Split('.')[0] switch
    {
        "login" => "at your login page",
        "callback" => "until the browser came back",
        "consent" => "at the question",
        "token" => "until the client came",
        _ => "later",
    };
}
