using System.Runtime.CompilerServices;

namespace Latchkey.Server.Languages;

/// <summary>
/// A text with slots, written as an interpolated string. The component <c>Sentence</c> shows it with the markup of its slots;
/// <see cref="ToString"/> is the text alone.
/// </summary>
[InterpolatedStringHandler]
public sealed class Phrase
{
    private readonly List<Slot> parts;

    internal Phrase(int literalLength, int formattedCount) => parts = new((2 * formattedCount) + 1);

    /// <summary>A text without slots.</summary>
    internal Phrase(string text) => parts = [text];

    internal IReadOnlyList<Slot> Parts => parts;

    internal void AppendLiteral(string text) => parts.Add(text);

    internal void AppendFormatted(Slot slot) => parts.Add(slot);

    internal void AppendFormatted(string text) => parts.Add(text);

    public override string ToString() => string.Concat(parts);
}
