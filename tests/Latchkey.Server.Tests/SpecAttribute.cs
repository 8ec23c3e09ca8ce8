using Xunit.v3;

namespace Latchkey.Server.Tests;

/// <summary>The section of the specification that a test shows to be kept.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
public sealed class SpecAttribute(string section) : Attribute, ITraitAttribute
{
    public string Section => section;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Spec", section)];
}
