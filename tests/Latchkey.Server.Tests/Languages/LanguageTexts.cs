using System.Reflection;
using System.Text.RegularExpressions;
using Latchkey.Server.Languages;

namespace Latchkey.Server.Tests.Languages;

/// <summary>Every text of a language, by reflection over the records: a property, or a method for several arguments.</summary>
/// <param name="Name">The member, with its arguments and the part of an error text.</param>
internal sealed partial record LanguageText(string Name, string Text)
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly string[] Claims =
        ["sub", "auth_time", "email", "name", "org_id", "roles", "groups", "custom_claims"];

    private static readonly string[] IdentityScopes = ["openid", "profile", "email"];

    /// <summary>The texts of error pages have the name of their record in front.</summary>
    public bool IsOfError => Name.StartsWith(nameof(RefusalTexts), StringComparison.Ordinal);

    public static IReadOnlyList<LanguageText> Of(Language language) =>
    [
        .. new (Type Declares, object Texts)[]
            {
                (typeof(Texts), language.Texts), (typeof(RefusalTexts), language.Texts.Refusals),
                (typeof(AccountTexts), language.Texts.Account),
            }
            .SelectMany(record => MembersOf(record.Declares).SelectMany(member => Of(member, record.Texts)))
            .DistinctBy(text => text.Name),
    ];

    /// <summary>A slot is filled with its own name, so that tests find it in the text.</summary>
    public static string Slot(string name) => $"⟦{name}⟧";

    /// <summary>The text with a word in the place of each slot.</summary>
    public static string WithoutSlots(string text) => Slots().Replace(text, "X");

    [GeneratedRegex("⟦[a-z]+⟧", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Slots();

    private static IEnumerable<MemberInfo> MembersOf(Type record) =>
        record.GetProperties(Members).Where(property => property.GetMethod is { IsAbstract: true }).Cast<MemberInfo>()
            .Concat(record.GetMethods(Members).Where(method => method is { IsAbstract: true, IsSpecialName: false, Name: not "<Clone>$" }));

    private static IEnumerable<LanguageText> Of(MemberInfo member, object texts)
    {
        var record = member.DeclaringType!.Name;
        foreach (var arguments in member is MethodInfo { } called ? ArgumentsOf(called) : [[]])
        {
            var value = member is MethodInfo method
                ? method.Invoke(texts, [.. arguments])
                : ((PropertyInfo)member).GetValue(texts);
            var name = $"{record}.{member.Name}({string.Join(", ", arguments)})";
            switch (value)
            {
                case RefusalText refusal:
                    yield return new($"{name} title", refusal.Title);
                    yield return new($"{name} explanation", refusal.Explanation.ToString());
                    yield return new($"{name} advice", refusal.Advice);
                    break;
                case AccountMessage message:
                    yield return new($"{name} title", message.Title);
                    yield return new($"{name} explanation", message.Explanation);
                    break;
                case string or Phrase:
                    yield return new(name, value.ToString()!);
                    break;
            }
        }
    }

    private static IEnumerable<List<object>> ArgumentsOf(MethodInfo method) => method.GetParameters().Aggregate(
        (IEnumerable<List<object>>)[[]],
        (before, parameter) => before.SelectMany(
            arguments => SamplesOf(method, parameter).Select(sample => arguments.Append(sample).ToList())));

    private static IEnumerable<object> SamplesOf(MethodInfo method, ParameterInfo parameter) => parameter.ParameterType switch
    {
        var type when type == typeof(Slot) => [new Slot(Slot(parameter.Name!))],
        var type when type == typeof(bool) => [false, true],
        var type when type == typeof(int) => [1, 2, 5, 30],
        var type when type == typeof(DateTimeOffset) => [new DateTimeOffset(2026, 11, 28, 9, 0, 0, TimeSpan.Zero)],
        var type when type == typeof(TimeSpan) => new[] { 30, 60, 120, 900, 3_600, 86_400, 172_800, 31_536_000 }
            .Select(seconds => (object)TimeSpan.FromSeconds(seconds)),
        var type when type == typeof(string) => method.Name == "Claim" ? Claims : IdentityScopes,
        var type => throw new InvalidOperationException($"no sample of {type} for {method.Name}"),
    };
}
