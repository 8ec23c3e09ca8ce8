using System.Globalization;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>The words of the dashboard for what the sign-in log stores.</summary>
internal static class SignInWords
{
    /// <summary>The stations of the latch, in their order.</summary>
    public static readonly IReadOnlyList<Station> Stations =
        [Station.Ask, Station.LogIn, Station.Return, Station.Consent, Station.Token, Station.Renew];

    public static string Of(Station station) => station switch
    {
        Station.Find => "Find",
        Station.Ask => "Ask",
        Station.LogIn => "Log in",
        Station.Return => "Return",
        Station.Consent => "Consent",
        Station.Token => "Token",
        Station.Renew => "Renew",
        _ => throw new ArgumentOutOfRangeException(nameof(station), station, message: null),
    };

    public static string Of(SignInOutcome outcome) => outcome switch
    {
        SignInOutcome.Running => "Running",
        SignInOutcome.Connected => "Connected",
        SignInOutcome.Stopped => "Stopped",
        SignInOutcome.Declined => "Declined",
        SignInOutcome.Left => "Left",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, message: null),
    };

    /// <summary>The kind of the <c>Pill</c> of an outcome.</summary>
    public static string KindOf(SignInOutcome? outcome) => outcome switch
    {
        SignInOutcome.Running => "live",
        SignInOutcome.Connected => "ok",
        SignInOutcome.Stopped => "bad",
        _ => "",
    };

    public static string Of(Fixer fixer) => fixer switch
    {
        Fixer.Nobody => "Nothing has to be fixed",
        Fixer.ClientVendor => "The client’s vendor",
        Fixer.LoginPage => "Your login page",
        Fixer.McpServer => "Your MCP server",
        Fixer.Operator => "You, here",
        Fixer.Person => "The person",
        _ => throw new ArgumentOutOfRangeException(nameof(fixer), fixer, message: null),
    };

    /// <summary>The parties that can remove a cause, as a part of a sentence.</summary>
    public static string Of(IReadOnlyList<Fixer> fixers) =>
        string.Join(", or ", fixers.Select((fixer, i) => i == 0 ? Of(fixer) : char.ToLowerInvariant(Of(fixer)[0]) + Of(fixer)[1..]));

    /// <summary>What stands in the place of the client, for a sign-in that has none.</summary>
    public static string OfPurpose(string purpose) => purpose == LoginPurpose.Test.StoredName ? "Test login" : OfCode(purpose);

    /// <summary>The code of a cause as words, where its title has no facts.</summary>
    public static string OfCode(string code) =>
        code.Length == 0 ? "" : char.ToUpperInvariant(code[0]) + code[1..].Replace('_', ' ');

    /// <summary>A time span as a person says it.</summary>
    public static string Of(TimeSpan span) => span.TotalSeconds switch
    {
        < 0.1 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0} ms"),
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s"),
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0} s"),
        < 7200 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0} h"),
    };

    /// <summary>A number up to a cap, with thousands separated.</summary>
    public static string Capped(long number, long cap) => number > cap
        ? string.Create(CultureInfo.InvariantCulture, $"{cap:N0}+")
        : number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
