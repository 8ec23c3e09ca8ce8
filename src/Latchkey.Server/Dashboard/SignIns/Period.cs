namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>A time span up to now that a list or the overview shows.</summary>
internal sealed record Period(string Name, string Words, TimeSpan Length)
{
    public static readonly Period Day = new("24h", "24 hours", TimeSpan.FromDays(1));
    public static readonly Period Week = new("7d", "7 days", TimeSpan.FromDays(7));
    public static readonly Period Month = new("30d", "30 days", TimeSpan.FromDays(30));

    /// <summary>Those of the list. The overview has the last three.</summary>
    public static readonly IReadOnlyList<Period> All =
        [new("15m", "15 minutes", TimeSpan.FromMinutes(15)), new("1h", "1 hour", TimeSpan.FromHours(1)), Day, Week, Month];
}
