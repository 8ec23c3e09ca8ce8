using System.Globalization;

namespace Demo.Walking;

/// <summary>The numbered story of a walk: one line for each message that was sent, with what came back.</summary>
/// <param name="write">Takes the finished line.</param>
public sealed class Story(Action<string> write)
{
    private int steps;

    /// <summary>The last line told; what failed is the step after it.</summary>
    public string LastLine { get; private set; } = "";

    /// <summary>Tells one step.</summary>
    /// <param name="who">Who sends: the MCP client or the browser.</param>
    /// <param name="sent">What was sent.</param>
    /// <param name="answered">What came back.</param>
    public void Tell(string who, string sent, string answered)
    {
        var number = Interlocked.Increment(ref steps).ToString(CultureInfo.InvariantCulture);
        LastLine = $"{number,3}  {who,-10}  {sent}  →  {answered}";
        write(LastLine);
    }

    /// <summary>Tells what the next steps are about.</summary>
    /// <param name="sentence">One sentence.</param>
    public void Chapter(string sentence) => write($"\n{sentence}");
}
