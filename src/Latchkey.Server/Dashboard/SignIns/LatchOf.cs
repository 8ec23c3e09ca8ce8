using Latchkey.Server.Dashboard.Components;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>The latch of a sign-in, from its summary and the times of its events.</summary>
internal static class LatchOf
{
    /// <summary>The event that ends a station.</summary>
    private static readonly (Station Station, string Name)[] Ends =
    [
        (Station.Ask, "authorize.accepted"), (Station.Ask, "test.begun"), (Station.Ask, "account.begun"),
        (Station.LogIn, "login.reported"),
        (Station.Return, "callback.accepted"), (Station.Return, "callback.confirmed"),
        (Station.Consent, "consent.allowed"), (Station.Consent, "consent.remembered"), (Station.Token, "token.issued"),
    ];

    /// <param name="purpose">Null for an authorization. Every other purpose ends when the browser has come back.</param>
    public static IReadOnlyList<LatchStep> Steps(
        SignInOutcome? outcome, Station? at, string? purpose = null, IReadOnlyList<SignInEvent>? events = null)
    {
        var (place, kind) = outcome switch
        {
            SignInOutcome.Connected => (purpose is null ? Station.Renew : Station.Consent, "no"),
            SignInOutcome.Running => (at ?? Station.Ask, "now"),
            SignInOutcome.Stopped => (at ?? Station.Ask, "bad"),
            null => (Station.Find, "no"),
            _ => (at ?? Station.Ask, "end"),
        };
        var notes = Notes(events ?? []);

        // A refusal before the authorization request stands at the first station.
        var shown = place == Station.Find ? Station.Ask : place;
        return
        [
            .. SignInWords.Stations.Select(station => new LatchStep(
                SignInWords.Of(station == Station.Ask && place == Station.Find && outcome is not null ? Station.Find : station),
                station < shown ? "ok" : station == shown ? kind : "no",
                station < shown ? notes.GetValueOrDefault(station) : station == shown ? NoteOf(outcome) : null)),
        ];
    }

    private static string? NoteOf(SignInOutcome? outcome) => outcome switch
    {
        SignInOutcome.Running => "waits",
        SignInOutcome.Stopped => "stopped",
        SignInOutcome.Declined => "declined",
        SignInOutcome.Left => "left",
        _ => null,
    };

    /// <summary>How long each station took: from the end of the one before.</summary>
    private static Dictionary<Station, string> Notes(IReadOnlyList<SignInEvent> events)
    {
        var notes = new Dictionary<Station, string>();
        var before = events.Count > 0 ? events[0].At : default;
        foreach (var (station, name) in Ends)
        {
            if (events.LastOrDefault(e => e.Name == name) is { } end && end.At >= before)
            {
                if (station != Station.Ask)
                {
                    notes[station] = SignInWords.Of(end.At - before);
                }

                before = end.At;
            }
        }

        return notes;
    }
}
