using System.Globalization;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.Overview;

/// <summary>The slots of a period, up to now, and as many before them to compare with.</summary>
internal sealed class OverviewSpan
{
    public OverviewSpan(Period period, DateTimeOffset now)
    {
        Period = period;
        Size = period == Period.Month ? SlotSize.Day : period == Period.Week ? SlotSize.QuarterOfDay : SlotSize.Hour;
        var slots = (long)(period.Length / Size.Length);
        Last = Size.Of(now);
        From = Last - slots + 1;
        Former = From - slots;
    }

    /// <summary>The periods of the overview.</summary>
    public static IReadOnlyList<Period> Periods { get; } = [Period.Day, Period.Week, Period.Month];

    public Period Period { get; }
    public SlotSize Size { get; }

    /// <summary>The first slot of the period before.</summary>
    public long Former { get; }
    public long From { get; }
    public long Last { get; }

    public DateTimeOffset Start => Size.Start(From);

    /// <summary>What one bar of the chart is.</summary>
    public string Unit => Size == SlotSize.Hour ? "per hour" : Size == SlotSize.Day ? "per day" : "per 6 hours";

    public string Words(long slot) => Size.Start(slot).UtcDateTime.ToString(
        Size == SlotSize.Hour ? "HH:mm" : Size == SlotSize.Day ? "d MMM" : "d MMM, HH:mm", CultureInfo.InvariantCulture);
}
