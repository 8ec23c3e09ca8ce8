namespace Latchkey.Server.Dashboard.Components;

/// <summary>A slot of <c>Bars</c>.</summary>
/// <param name="Words">Time and numbers, shown when the pointer is over the bar.</param>
public sealed record Bar(string Words, long Ok, long Bad);
