using Microsoft.AspNetCore.Components;

namespace Latchkey.Server.Languages;

/// <summary>
/// The place of a name, a host or a list in a sentence, at which each language puts it where its grammar wants it. The component
/// <c>Sentence</c> shows the markup; the title of a page has the text.
/// </summary>
internal readonly record struct Slot(string Text, RenderFragment? Markup = null)
{
    /// <summary>A host, a URL or another technical name, which reads from left to right in every language.</summary>
    public static Slot LeftToRight(string text) => new(text, builder =>
    {
        builder.OpenElement(0, "bdi");
        builder.AddAttribute(1, "dir", "ltr");
        builder.AddContent(2, text);
        builder.CloseElement();
    });

    /// <summary>A name, whose letters cannot change the order of the words around it (bidi).</summary>
    public static Slot Isolated(string text) => new(text, builder =>
    {
        builder.OpenElement(0, "bdi");
        builder.AddContent(1, text);
        builder.CloseElement();
    });

    public static implicit operator Slot(string text) => new(text);

    public override string ToString() => Text;
}
