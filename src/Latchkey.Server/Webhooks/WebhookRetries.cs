using System.Buffers.Binary;

namespace Latchkey.Server.Webhooks;

/// <summary>When a failed delivery is tried again: eight attempts in about 28 hours.</summary>
internal static class WebhookRetries
{
    /// <summary>The pause after each failed attempt, the first one first.</summary>
    public static readonly IReadOnlyList<TimeSpan> Pauses =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(10),
    ];

    public static int Attempts => Pauses.Count + 1;

    /// <summary>An endpoint whose deliveries have all failed for this long is disabled.</summary>
    public static readonly TimeSpan DisabledAfter = TimeSpan.FromDays(5);

    /// <summary>
    /// Returns the pause before the next attempt, up to a tenth longer, so that the deliveries that failed together do not come back
    /// together. Null after the last attempt.
    /// </summary>
    public static TimeSpan? PauseBefore(long retriesLeft)
    {
        if (retriesLeft <= 0)
        {
            return null;
        }

        var pause = Pauses[(int)(Pauses.Count - Math.Min(retriesLeft, Pauses.Count))];
        return pause * (1 + (BinaryPrimitives.ReadUInt16BigEndian(Secret.NewBytes(2)) / (10.0 * ushort.MaxValue)));
    }
}
