namespace Latchkey.Server.Dashboard.Forms;

/// <summary>The words of a field in a form, in the vocabulary of the dashboard. The field tables hold those of the API.</summary>
internal sealed record FormText(string Label, string Hint)
{
    /// <summary>Shows several lines.</summary>
    public bool IsParagraph { get; init; }

    /// <summary>The value is a URL: phones show the keyboard for it.</summary>
    public bool IsUrl { get; init; }

    /// <summary>In a list of nested entities, it is folded away.</summary>
    public bool IsDetail { get; init; }

    /// <summary>The value is the data URL of a picture: it is shown, and with script a file can be chosen.</summary>
    public bool IsPicture { get; init; }

    /// <summary>The words of each value of a choice. A value without words stands for itself.</summary>
    public IReadOnlyDictionary<string, string> Choices { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The words for null: an empty option, or the first of the two radio buttons of a list.</summary>
    public string Unset { get; init; } = "Not said";

    public string Of(string choice) => Choices.GetValueOrDefault(choice, choice);
}
