using Latchkey.Server.Dashboard.Components;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.Overview;

/// <summary>How many sign-ins reached a station, and how many got no further for a fault.</summary>
internal sealed record StationNumbers(Station Station, long Came, long Stopped);

/// <summary>The sign-ins of a client family.</summary>
internal sealed record FamilyNumbers(string Family, long Begun, double? Connected);

/// <summary>The sign-ins that a cause stopped.</summary>
/// <param name="Newest">Null when the log no longer has one.</param>
internal sealed record CauseNumbers(Cause Cause, long Number, NewestOfCause? Newest);

/// <summary>Several sign-ins of one client that one cause stopped, which a party can fix.</summary>
/// <param name="Family">Empty when the clients are not known.</param>
internal sealed record Problem(Cause Cause, string Family, long Number, NewestOfCause? Newest);

/// <summary>The numbers of the overview, from the tables of ended sign-ins and those that run.</summary>
internal sealed class OverviewNumbers
{
    private const int MaxCauses = 10;
    private const int MaxFamilies = 8;
    private const int MaxProblems = 3;

    /// <summary>Fewer of a kind are no problem of the operator yet.</summary>
    private const int MinProblem = 3;

    public OverviewNumbers(
        OverviewSpan span, IReadOnlyList<SlotCount> slots, IReadOnlyList<FamilyCount> families, int running,
        IReadOnlyDictionary<string, NewestOfCause> newest)
    {
        var own = slots.Where(s => s.Slot >= span.From).ToList();
        Running = running;
        Begun = own.Sum(s => s.Number) + running;
        BegunBefore = slots.Where(s => s.Slot < span.From).Sum(s => s.Number);
        (Connected, Stopped) = (Sum(own, SignInOutcome.Connected), Sum(own, SignInOutcome.Stopped));
        WithoutFault = Sum(own, SignInOutcome.Declined) + Sum(own, SignInOutcome.Left);
        Share = ShareOf(Connected, Stopped);
        ShareBefore = ShareOf(
            Sum(slots.Where(s => s.Slot < span.From), SignInOutcome.Connected),
            Sum(slots.Where(s => s.Slot < span.From), SignInOutcome.Stopped));
        Bars = BarsOf(span, own);
        Families = FamiliesOf(families);
        var stopped = families.Where(f => f.Outcome == SignInOutcome.Stopped && f.Number > 0).ToList();
        Causes = [.. CausesOf(stopped, newest).Take(MaxCauses)];
        Stations = StationsOf(families, Begun);
        Problems = [.. ProblemsOf(stopped, newest).Take(MaxProblems)];
    }

    public long Begun { get; }
    public long BegunBefore { get; }
    public long Connected { get; }
    public long Stopped { get; }
    public int Running { get; }

    /// <summary>The person or the company said no, or the person left.</summary>
    public long WithoutFault { get; }

    /// <summary>Connected ones among those that ended and could have connected. Null when there are none.</summary>
    public double? Share { get; }
    public double? ShareBefore { get; }
    public IReadOnlyList<Bar> Bars { get; }
    public IReadOnlyList<FamilyNumbers> Families { get; }
    public IReadOnlyList<CauseNumbers> Causes { get; }
    public IReadOnlyList<StationNumbers> Stations { get; }
    public IReadOnlyList<Problem> Problems { get; }

    /// <summary>The codes whose newest sign-in is shown.</summary>
    public static IEnumerable<string> CodesOf(IEnumerable<FamilyCount> families) =>
        families.Where(f => f.Outcome == SignInOutcome.Stopped && f.Number > 0).GroupBy(f => f.Cause, StringComparer.Ordinal)
            .OrderByDescending(g => g.Sum(f => f.Number)).Take(MaxCauses + MaxProblems).Select(g => g.Key);

    private static long Sum(IEnumerable<SlotCount> slots, SignInOutcome outcome) =>
        slots.Where(s => s.Outcome == outcome).Sum(s => s.Number);

    private static double? ShareOf(long connected, long stopped) =>
        connected + stopped > 0 ? 100.0 * connected / (connected + stopped) : null;

    private static List<Bar> BarsOf(OverviewSpan span, List<SlotCount> slots)
    {
        var bars = new List<Bar>();
        for (var slot = span.From; slot <= span.Last; slot++)
        {
            var here = slots.Where(s => s.Slot == slot).ToList();
            var (ok, bad) = (Sum(here, SignInOutcome.Connected), Sum(here, SignInOutcome.Stopped));
            bars.Add(new($"{span.Words(slot)}: {SignInWords.Number(ok)} connected, {SignInWords.Number(bad)} stopped", ok, bad));
        }

        return bars;
    }

    private static List<FamilyNumbers> FamiliesOf(IReadOnlyList<FamilyCount> families) =>
    [
        .. families.Where(f => f.Number > 0).GroupBy(f => f.Family, StringComparer.Ordinal).Select(g => new FamilyNumbers(
                g.Key, g.Sum(f => f.Number),
                ShareOf(
                    g.Where(f => f.Outcome == SignInOutcome.Connected).Sum(f => f.Number),
                    g.Where(f => f.Outcome == SignInOutcome.Stopped).Sum(f => f.Number))))
            .OrderByDescending(f => f.Begun).Take(MaxFamilies),
    ];

    private static IEnumerable<CauseNumbers> CausesOf(List<FamilyCount> stopped, IReadOnlyDictionary<string, NewestOfCause> newest) =>
        from count in stopped
        group count.Number by count.Cause into ofCause
        let cause = Server.SignIns.Causes.Find(ofCause.Key)
        where cause is not null
        orderby ofCause.Sum() descending
        select new CauseNumbers(cause, ofCause.Sum(), newest.GetValueOrDefault(ofCause.Key));

    private static IEnumerable<Problem> ProblemsOf(List<FamilyCount> stopped, IReadOnlyDictionary<string, NewestOfCause> newest) =>
        from count in stopped
        let cause = Server.SignIns.Causes.Find(count.Cause)
        where cause is not null && cause.FixedBy[0] != Fixer.Nobody && count.Number >= MinProblem
        orderby count.Number descending
        select new Problem(cause, count.Family, count.Number, newest.GetValueOrDefault(count.Cause));

    private static List<StationNumbers> StationsOf(IReadOnlyList<FamilyCount> families, long begun)
    {
        var numbers = new List<StationNumbers>();
        var came = begun;
        foreach (var station in SignInWords.Stations)
        {
            var ended = families.Where(f => f.Outcome is not (SignInOutcome.Connected or SignInOutcome.Running) && StationOf(f) == station)
                .ToList();
            numbers.Add(new(station, came, ended.Where(f => f.Outcome == SignInOutcome.Stopped).Sum(f => f.Number)));
            came -= ended.Sum(f => f.Number);
        }

        return numbers;
    }

    /// <summary>A refusal before the authorization request counts at the first station.</summary>
    private static Station StationOf(FamilyCount count) => Server.SignIns.Causes.Find(count.Cause)?.Station switch
    {
        null or Station.Find => Station.Ask,
        { } station => station,
    };
}
