using System.Globalization;

namespace Demo.Walk;

/// <summary>The numbered log of a walk: one line per request with its response.</summary>
/// <param name="write">Receives each line.</param>
public sealed class WalkLog(Action<string> write)
{
    private int steps;

    /// <summary>The last line; a failure happened in the step after it.</summary>
    public string LastLine { get; private set; } = "";

    /// <summary>Logs one step.</summary>
    /// <param name="sender">The MCP client or the browser.</param>
    /// <param name="sent">The request.</param>
    /// <param name="received">The response.</param>
    public void Step(string sender, string sent, string received)
    {
        var number = Interlocked.Increment(ref steps).ToString(CultureInfo.InvariantCulture);
        LastLine = $"{number,3}  {sender,-10}  {sent}  →  {received}";
        write(LastLine);
    }

    /// <summary>Logs a heading for the next steps.</summary>
    /// <param name="sentence">One sentence.</param>
    public void Section(string sentence) => write($"\n{sentence}");
}
