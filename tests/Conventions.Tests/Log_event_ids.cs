using System.Globalization;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Conventions.Tests;

/// <summary>An event id of the log is stable, because collectors and alerts select entries by it.</summary>
public sealed class Log_event_ids
{
    private const string Guide = "docs/guide/observe.md";

    /// <summary>The first of the hundred event ids of each folder.</summary>
    private static readonly Dictionary<string, int> FirstOfFolder = new(StringComparer.Ordinal)
    {
        [ServerFolders.Root] = 1000,
        ["Refusals"] = 1100,
        ["SignIns"] = 1200,
        ["Clients"] = 1300,
        ["Network"] = 1400,
        ["Management"] = 1500,
        ["Grpc"] = 1600,
        ["Credentials"] = 1700,
        ["ApiClients"] = 1800,
        ["Limits"] = 1900,
        ["Health"] = 2000,
        ["Keys"] = 2100,
        ["Storage"] = 2200,
        ["Supervision"] = 2300,
        ["Cli"] = 2400,
        ["Dashboard"] = 2500,
        ["Webhooks"] = 2600,
    };

    [Fact]
    public void Each_log_message_has_an_event_id() => Violations.None(
        from message in Messages()
        where message.Id is null
        select $"{message.File}: {message.Method}", "a LoggerMessage whose first argument is not an event id");

    [Fact]
    public void Each_event_id_is_used_once() => Violations.None(
        from same in Messages().GroupBy(message => message.Id)
        where same.Key is not null && same.Count() > 1
        select $"{same.Key}: {string.Join(", ", same.Select(message => $"{message.File} {message.Method}"))}",
        "an event id of two log messages");

    [Fact]
    public void Each_event_id_is_in_the_hundred_of_its_folder() => Violations.None(
        from message in Messages()
        where message.Id is { } id && (!FirstOfFolder.TryGetValue(message.Folder, out var first) || id / 100 * 100 != first)
        select $"{message.Id}: {message.File} {message.Method}", "an event id outside the hundred of its folder");

    [Fact]
    public void No_two_folders_share_a_hundred() => Assert.Distinct(FirstOfFolder.Values);

    [Fact]
    public void Each_event_id_is_in_the_guide()
    {
        var rows = Repository.Get(Guide).Lines;

        Violations.None(
            from message in Messages()
            where message.Id is not null
                && !rows.Any(row => row.StartsWith($"| {message.Id} | {message.Level} |", StringComparison.Ordinal))
            select $"{message.Id} {message.Level}: {message.File} {message.Method}", $"an event id that is missing in {Guide}");
    }

    [Fact]
    public void The_guide_has_no_event_id_that_does_not_exist()
    {
        var ids = Messages().Select(message => $"{message.Id}").ToHashSet(StringComparer.Ordinal);

        Violations.None(
            from row in Repository.Get(Guide).Lines
            let cells = row.Split('|', StringSplitOptions.TrimEntries)
            where cells is [_, { Length: 4 } id, ..] && int.TryParse(id, CultureInfo.InvariantCulture, out _) && !ids.Contains(id)
            select row, "a row of an event that no log message has");
    }

    [Fact]
    public void The_log_messages_are_found() => Assert.InRange(Messages().Count(), 20, int.MaxValue);

    private static IEnumerable<(string File, string Folder, string Method, int? Id, string Level)> Messages() =>
        from file in Repository.CSharp
        where file.Path.StartsWith("src/Latchkey.Server/", StringComparison.Ordinal)
        from attribute in file.Syntax.DescendantNodes().OfType<AttributeSyntax>()
        where attribute.Name.ToString() is "LoggerMessage"
        let method = attribute.Ancestors().OfType<MethodDeclarationSyntax>().First()
        let level = attribute.ArgumentList!.Arguments.Select(argument => argument.Expression).OfType<MemberAccessExpressionSyntax>()
            .Select(access => access.Name.Identifier.Text).FirstOrDefault()
        select (file.Path, FolderOf(file.Path), method.Identifier.Text, IdOf(attribute, file), level);

    private static string FolderOf(string path) => path.Split('/') is [_, _, var folder, _, ..] ? folder : ServerFolders.Root;

    /// <summary>The id as a number, or as a constant of the same file.</summary>
    private static int? IdOf(AttributeSyntax attribute, SourceFile file) =>
        attribute.ArgumentList?.Arguments.FirstOrDefault()?.Expression switch
        {
            LiteralExpressionSyntax { Token.Value: int id } => id,
            IdentifierNameSyntax name => file.Syntax.DescendantNodes().OfType<VariableDeclaratorSyntax>()
                .Where(variable => variable.Identifier.Text == name.Identifier.Text)
                .Select(variable => variable.Initializer?.Value).OfType<LiteralExpressionSyntax>()
                .Select(literal => literal.Token.Value as int?).FirstOrDefault(),
            _ => null,
        };
}
