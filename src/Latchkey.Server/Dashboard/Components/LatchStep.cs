namespace Latchkey.Server.Dashboard.Components;

/// <summary>A station of <c>Latch</c>.</summary>
/// <param name="Kind">
/// <c>ok</c> passed, <c>bad</c> stopped here, <c>end</c> ended here without a fault, <c>now</c> waits, <c>no</c> not reached.
/// </param>
/// <param name="Note">The time that it took, or what happened.</param>
public sealed record LatchStep(string Label, string Kind, string? Note = null)
{
    public string Spoken => Kind switch
    {
        "ok" => ", passed",
        "bad" => ", stopped here",
        "end" => ", ended here",
        "now" => ", waits here",
        _ => ", not reached",
    };
}
