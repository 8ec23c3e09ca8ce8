using System.Globalization;

namespace Latchkey.Server.Languages;

/// <summary>A unit of time that texts name.</summary>
internal enum TimeUnit
{
    Second,
    Minute,
    Hour,
    Day,
}

/// <summary>A number of units of time, which each language writes by its own grammar.</summary>
internal sealed record TimeAmount(double Count, TimeUnit Unit)
{
    public bool IsOne => Count == 1;

    /// <summary>The number in digits.</summary>
    public string Digits => DigitsOf(Count);

    public static string DigitsOf(double count) => count.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>The number of seconds that a rate limit names.</summary>
    public static TimeAmount Seconds(int seconds) => new(seconds, TimeUnit.Second);

    /// <summary>A duration rounded up, so that access never lasts longer than the text says.</summary>
    public static TimeAmount RoundedUp(TimeSpan time) =>
        time <= TimeSpan.FromMinutes(1) ? new(1, TimeUnit.Minute)
        : time < TimeSpan.FromHours(2) ? new(Math.Ceiling(time.TotalMinutes), TimeUnit.Minute)
        : time < TimeSpan.FromDays(2) ? new(Math.Ceiling(time.TotalHours), TimeUnit.Hour)
        : new(Math.Ceiling(time.TotalDays), TimeUnit.Day);

    /// <summary>A time limit without rounding: in the largest unit that it is a multiple of.</summary>
    public static TimeAmount Exact(TimeSpan time)
    {
        (TimeUnit Unit, TimeSpan Length)[] units =
        [
            (TimeUnit.Day, TimeSpan.FromDays(1)), (TimeUnit.Hour, TimeSpan.FromHours(1)), (TimeUnit.Minute, TimeSpan.FromMinutes(1)),
        ];
        var fitting = Array.FindIndex(units, u => time >= u.Length && time.Ticks % u.Length.Ticks == 0);
        return fitting < 0 ? new(time.TotalSeconds, TimeUnit.Second) : new(time / units[fitting].Length, units[fitting].Unit);
    }

    /// <summary>The amount in English, for texts that every reader gets in English.</summary>
    public string InEnglish()
    {
        var unit = Unit switch
        {
            TimeUnit.Second => "second",
            TimeUnit.Minute => "minute",
            TimeUnit.Hour => "hour",
            TimeUnit.Day => "day",
            _ => throw new InvalidOperationException($"no word for {Unit}"),
        };
        return IsOne ? $"one {unit}" : $"{Digits} {unit}s";
    }
}
