using System.Diagnostics;
using Latchkey.Server.Telemetry;

namespace Latchkey.Server.SignIns;

/// <summary>Counts sign-ins and refusals in the metrics, whether or not the sign-in log can be written.</summary>
internal static class SignInCounts
{
    /// <summary>The client has its tokens.</summary>
    /// <param name="family">The client's entry in the catalogue of well-known clients, or null.</param>
    public static void Connected(string? family) => Instruments.SignIns.Add(
        1, new KeyValuePair<string, object?>(Instruments.Outcome, StoredNames.Connected),
        new KeyValuePair<string, object?>(Instruments.Family, family ?? SignInChange.OtherFamily));

    /// <summary>A sign-in ended without tokens.</summary>
    /// <param name="family">As in <see cref="SignInChange.Family"/>: null when the client is not known.</param>
    public static void Ended(string outcome, string cause, string station, string? family) =>
        Instruments.SignIns.Add(1, WithFamily(
            [new(Instruments.Outcome, outcome), new(Instruments.Cause, cause), new(Instruments.Station, station)], family));

    /// <summary>A request was refused. The cause is also an attribute of the span of its step.</summary>
    /// <param name="family">
    /// As in <see cref="SignInChange.Family"/>. Null when the client is not known, or is that of the sign-in to which the step belongs.
    /// </param>
    public static void Refused(Cause cause, string? family)
    {
        StepSpan.Current?.Cause = cause.Code;
        Instruments.Refusals.Add(1, WithFamily(
            [new(Instruments.Cause, cause.Code), new(Instruments.Station, StoredNames.Of(cause.Station))], family));
    }

    private static TagList WithFamily(ReadOnlySpan<KeyValuePair<string, object?>> tags, string? family)
    {
        var all = new TagList(tags);
        if ((family ?? StepSpan.Current?.Family) is { } known)
        {
            all.Add(Instruments.Family, known);
        }

        return all;
    }
}
