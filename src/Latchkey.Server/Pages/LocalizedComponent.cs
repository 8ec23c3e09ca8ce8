using Latchkey.Server.Languages;
using Microsoft.AspNetCore.Components;

namespace Latchkey.Server.Pages;

/// <summary>A component with the texts of the person's language. Without a language, as on pages for operators, it is in English.</summary>
public abstract class LocalizedComponent : ComponentBase
{
    [CascadingParameter] private Language? Chosen { get; set; }

    private protected Language Language => Chosen ?? Language.English;

    private protected Texts Texts => Language.Texts;
}
