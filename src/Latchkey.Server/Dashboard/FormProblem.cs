namespace Latchkey.Server.Dashboard;

/// <summary>A refusal of the management API as the errors of a form: by the name of the field, which is that of the member.</summary>
internal static class FormProblem
{
    public static IReadOnlyDictionary<string, string> Of(Problem? problem) => problem switch
    {
        null => new Dictionary<string, string>(StringComparer.Ordinal),
        { Errors: { Count: > 0 } errors } => errors.ToDictionary(e => e.Key, e => $"{Capital(e.Key)} {string.Join(", ", e.Value)}.", StringComparer.Ordinal),
        _ => new Dictionary<string, string>(StringComparer.Ordinal) { [""] = problem.Detail },
    };

    private static string Capital(string member)
    {
        var words = member.Replace('_', ' ');
        return char.ToUpperInvariant(words[0]) + words[1..];
    }
}
