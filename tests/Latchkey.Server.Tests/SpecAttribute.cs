using Xunit.v3;

namespace Latchkey.Server.Tests;

/// <summary>
/// The section of a specification that a test covers, and the IDs of its requirements in docs/conformance. docs/conformance.md is generated
/// from it.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
public sealed class SpecAttribute(string section, params string[] requirements) : Attribute, ITraitAttribute
{
    public string Section => section;

    public IReadOnlyList<string> Requirements => requirements;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() =>
        [new("Spec", section), .. requirements.Select(requirement => KeyValuePair.Create("Requirement", requirement))];
}
