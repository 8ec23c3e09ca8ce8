namespace Fuzz;

/// <summary>A seeded random generator (SplitMix64). It is the same on every machine and framework version, so that a seed reproduces a
/// failure. Never for secrets.</summary>
internal sealed class SeededRandom(ulong seed)
{
    private ulong state = seed;

    /// <summary>The generator of one case of a run, independent of the cases before it.</summary>
    public static SeededRandom ForCase(ulong seed, int number) => new(new SeededRandom(seed ^ ((ulong)number * 0x9E3779B97F4A7C15)).Next());

    public ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>Returns a number from 0 to <paramref name="limit"/> - 1.</summary>
    public int Below(int limit) => (int)(Next() % (ulong)limit);

    public bool OneIn(int chances) => Below(chances) == 0;

    public T Pick<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];
}
