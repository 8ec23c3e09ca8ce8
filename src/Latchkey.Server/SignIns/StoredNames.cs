using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>The stored names of outcomes and stations, which are also those of the API.</summary>
internal static class StoredNames
{
    public const string Running = "running";
    public const string Connected = "connected";
    public const string Stopped = "stopped";
    public const string Declined = "declined";
    public const string Left = "left";

    public static readonly string[] Outcomes = [Running, Connected, Stopped, Declined, Left];
    public static readonly string[] Stations = ["find", "ask", "login", "return", "consent", "token", "renew"];

    public static string Of(SignInOutcome outcome) => Outcomes[(int)outcome];

    public static string Of(Station station) => Stations[(int)station];

    /// <exception cref="CorruptRow">The name is none of an outcome.</exception>
    public static SignInOutcome Outcome(string name, string key) =>
        Array.IndexOf(Outcomes, name) is >= 0 and var index ? (SignInOutcome)index : throw new CorruptRow("journeys", key, "outcome");

    public static Station Station(string name, string key) =>
        Array.IndexOf(Stations, name) is >= 0 and var index ? (Station)index : throw new CorruptRow("journeys", key, "station");
}
