namespace Conventions.Tests;

/// <summary>Fails with the list of all violations.</summary>
internal static class Violations
{
    public static void None(IEnumerable<string> found, string description)
    {
        var all = found.Order(StringComparer.Ordinal).ToList();
        if (all.Count > 0)
        {
            Assert.Fail($"Each of these is {description}:{Environment.NewLine}{string.Join(Environment.NewLine, all)}");
        }
    }
}
