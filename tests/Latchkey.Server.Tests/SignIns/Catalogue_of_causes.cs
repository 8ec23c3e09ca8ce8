using System.Reflection;
using System.Text.RegularExpressions;
using Latchkey.Server.Authorize;
using Latchkey.Server.Login;
using Latchkey.Server.Pages;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.SignIns;

/// <summary>
/// The catalogue and the code agree: each refusal has a cause by its constructor, and each cause is named by the code outside of the
/// catalogue.
/// </summary>
public sealed partial class Catalogue_of_causes
{
    /// <summary>Causes that the closer names by their codes.</summary>
    private static readonly string[] OfTheCloser =
        ["login_never_reported", "login_left", "never_came_back", "consent_left", "code_never_redeemed"];

    private static readonly Type[] ErrorTypes =
        [typeof(ErrorPage), typeof(OAuthErrorResponse), typeof(AuthorizationError), typeof(ReportRefusal)];

    [Fact]
    public void Codes_are_unique_and_in_snake_case()
    {
        Assert.Equal(Causes.All.Count, Causes.All.Select(cause => cause.Code).Distinct(StringComparer.Ordinal).Count());
        Assert.All(Causes.All, cause => Assert.Matches(SnakeCase(), cause.Code));
        Assert.All(Causes.All, cause => Assert.Same(cause, Causes.Find(cause.Code)));
    }

    /// <summary>A type that is an error and has no cause could not be declared; this finds types that are not enumerated here.</summary>
    [Fact]
    public void Each_declared_error_has_a_cause_of_the_catalogue()
    {
        var declared = typeof(Cause).Assembly.GetTypes()
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => ErrorTypes.Contains(field.FieldType))
            .Select(field => (field.Name, Cause: (Cause)field.FieldType.GetProperty("Cause")!.GetValue(field.GetValue(null))!))
            .ToList();

        Assert.InRange(declared.Count, 80, 400);
        Assert.All(declared, error => Assert.Contains(error.Cause, Causes.All));
    }

    [Fact]
    public void Each_error_type_requires_a_cause_in_its_constructor() => Assert.All(ErrorTypes, type => Assert.Contains(
        type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).SelectMany(made => made.GetParameters()),
        parameter => parameter.ParameterType == typeof(Cause) && !parameter.HasDefaultValue));

    [Fact]
    public void Each_cause_is_used_by_the_code()
    {
        var server = Path.Combine(Artifacts.Root, "src", "Latchkey.Server");
        var code = string.Concat(Directory.EnumerateFiles(server, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith("Causes.cs", StringComparison.Ordinal)).Select(File.ReadAllText));
        var unused = typeof(Causes).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("Causes", StringComparison.Ordinal) && type != typeof(Causes))
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public))
            .Where(field => !code.Contains($"{field.DeclaringType!.Name}.{field.Name}", StringComparison.Ordinal)
                && !OfTheCloser.Contains(((Cause)field.GetValue(null)!).Code, StringComparer.Ordinal))
            .Select(field => $"{field.DeclaringType!.Name}.{field.Name}");

        Assert.Empty(unused);
    }

    [Fact]
    public void Placeholders_name_facts_that_can_be_recorded() => Assert.All(
        Causes.All.SelectMany(Texts), text => Assert.All(CauseText.Placeholders(text), name => Assert.Contains(name, FactNames.All)));

    [Fact]
    public void Each_cause_names_the_facts_that_it_compares_or_says_why_it_compares_none() => Assert.All(Causes.All, cause =>
    {
        switch (cause.Compared)
        {
            case Compared.Values { Pairs: var pairs }:
                Assert.NotEmpty(pairs);
                Assert.All(pairs, pair => Assert.Subset(FactNames.All.ToHashSet(), new HashSet<string> { pair.Sent, pair.Expected }));
                break;
            case Compared.Nothing { Because: var because }:
                Assert.Matches(Sentence(), because);
                break;
        }
    });

    [Fact]
    public void Texts_are_plain_sentences() => Assert.All(Causes.All.SelectMany(Texts), text =>
    {
        Assert.Matches(Sentence(), text);
        Assert.DoesNotMatch(Banned(), text);
        Assert.All(text.Split(". "), sentence => Assert.InRange(sentence.Split(' ').Length, 1, 40));
    });

    [Fact]
    public void Each_cause_says_who_can_remove_it_and_how() => Assert.All(Causes.All, cause =>
    {
        Assert.NotEmpty(cause.FixedBy);
        Assert.Equal(cause.FixedBy.Count, cause.FixedBy.Distinct().Count());
        Assert.Matches(Instruction(), cause.Fix);
    });

    [Fact]
    public void Names_of_facts_are_never_those_of_secrets() => Assert.All(
        FactNames.All,
        name => Assert.DoesNotMatch("^(code|code_verifier|client_secret|refresh_token|access_token|token|cookie|proof)$", name));

    private static IEnumerable<string> Texts(Cause cause) =>
        new[] { cause.Title, cause.Explanation, cause.Fix, cause.ForPerson }.OfType<string>();

    [GeneratedRegex("^[a-z]+(_[a-z]+)*$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex SnakeCase();

    [GeneratedRegex(@"^[A-Z{].*(\.|\})$", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Sentence();

    [GeneratedRegex(
        @"\b(somebody|nobody|whoever|anybody|everybody|anyone|someone|no one|see the log)\b",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Banned();

    /// <summary>Begins with what to do, perhaps under a condition.</summary>
    [GeneratedRegex(
        "^[A-Z][A-Za-z_:0-9]* ", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Instruction();
}
