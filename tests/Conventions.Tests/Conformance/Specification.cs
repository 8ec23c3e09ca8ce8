using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Conventions.Tests.Conformance;

/// <summary>A file of docs/conformance: the requirements of a specification on an authorization server, in our own words.</summary>
internal sealed class Specification
{
    private const string Folder = "docs/conformance";

    /// <summary>The name in <c>[Spec]</c>: the text before the section.</summary>
    public string Spec { get; set; } = "";

    public string Title { get; set; } = "";

    public string Url { get; set; } = "";

    /// <summary>A note above the table.</summary>
    public string? Note { get; set; }

    public List<Requirement> Requirements { get; set; } = [];

    /// <summary>All specifications in the order of their file names, which is the order in the document.</summary>
    public static IReadOnlyList<Specification> All { get; } =
        [.. Repository.Files.Where(file => file.Folder is Folder && file.Extension is ".yaml")
            .OrderBy(file => file.Name, StringComparer.Ordinal).Select(Read)];

    private static Specification Read(SourceFile file)
    {
        // Unknown keys are errors, so that a misspelt key is not ignored.
        var specification = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build()
            .Deserialize<Specification>(file.Text);
        foreach (var requirement in specification.Requirements)
        {
            requirement.Of = specification;
        }

        return specification;
    }
}

/// <summary>
/// A requirement. It has exactly one kind of evidence: tests that name it in <c>[Spec]</c> or equivalent requirements (<see cref="As"/>), a
/// document (<see cref="Doc"/>), or a reason why there is none.
/// </summary>
internal sealed class Requirement
{
    public string Id { get; set; } = "";

    public string Section { get; set; } = "";

    public string Level { get; set; } = "";

    public string Says { get; set; } = "";

    /// <summary>The keys of the requirements that together are equivalent to this one.</summary>
    public List<string> As { get; set; } = [];

    /// <summary>The path from the root of the document that covers a requirement without a test.</summary>
    public string? Doc { get; set; }

    public string? NotApplicable { get; set; }

    public string? NotDone { get; set; }

    [YamlIgnore]
    public Specification Of { get; set; } = new();

    /// <summary>The specification and the id, unique in the whole list.</summary>
    [YamlIgnore]
    public string Key => $"{Of.Spec} {Id}";

    [YamlIgnore]
    public string Place => $"{Of.Spec} §{Section}";

    [YamlIgnore]
    public string? Reason => NotApplicable ?? NotDone;
}
