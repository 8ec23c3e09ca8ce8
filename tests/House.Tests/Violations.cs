namespace House.Tests;

/// <summary>Fails with every violation at once, so that one run is enough to mend them.</summary>
internal static class Violations
{
    public static void None(IEnumerable<string> found, string whatEachIs)
    {
        var all = found.Order(StringComparer.Ordinal).ToList();
        if (all.Count > 0)
        {
            Assert.Fail($"Each of these is {whatEachIs}:{Environment.NewLine}{string.Join(Environment.NewLine, all)}");
        }
    }
}
