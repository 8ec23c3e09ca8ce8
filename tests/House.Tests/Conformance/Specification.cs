using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace House.Tests.Conformance;

/// <summary>One file of docs/conformance: what a specification asks of an authorization server, in our own words.</summary>
internal sealed class Specification
{
    private const string Folder = "docs/conformance";

    /// <summary>As <c>[Spec]</c> names it: the text before the section.</summary>
    public string Spec { get; set; } = "";

    public string Title { get; set; } = "";

    public string Url { get; set; } = "";

    /// <summary>What a reader must know before the table.</summary>
    public string? Note { get; set; }

    public List<Requirement> Requirements { get; set; } = [];

    /// <summary>In the order of their files' names, which is the order of the document.</summary>
    public static IReadOnlyList<Specification> All { get; } = [.. Repository.Files.Where(file => file.Folder is Folder && file.Extension is ".yaml").OrderBy(file => file.Name, StringComparer.Ordinal).Select(Read)];

    private static Specification Read(SourceFile file)
    {
        // A key nobody knows is an error, so that a misspelt reason is not a missing one.
        var specification = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build().Deserialize<Specification>(file.Text);
        foreach (var requirement in specification.Requirements)
        {
            requirement.Of = specification;
        }

        return specification;
    }
}

/// <summary>
/// What is asked. Exactly one thing answers it: tests that name it in <c>[Spec]</c>, requirements of other specifications that say the same (<see cref="As"/>),
/// a document (<see cref="Doc"/>), or the reason why nothing does.
/// </summary>
internal sealed class Requirement
{
    public string Id { get; set; } = "";

    public string Section { get; set; } = "";

    public string Level { get; set; } = "";

    public string Says { get; set; } = "";

    /// <summary>Keys of the requirements that say the same or together say this.</summary>
    public List<string> As { get; set; } = [];

    /// <summary>Path of the document that answers what no test can, from the root.</summary>
    public string? Doc { get; set; }

    public string? NotApplicable { get; set; }

    public string? NotDone { get; set; }

    [YamlIgnore]
    public Specification Of { get; set; } = new();

    /// <summary>Unique in the whole list: the specification and the id.</summary>
    [YamlIgnore]
    public string Key => $"{Of.Spec} {Id}";

    [YamlIgnore]
    public string Place => $"{Of.Spec} §{Section}";

    [YamlIgnore]
    public string? Reason => NotApplicable ?? NotDone;
}
