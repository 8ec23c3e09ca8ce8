namespace Latchkey.Server.Dashboard.SetUp;

/// <summary>The errors of a step, by the name of the field: those of the management API, as sentences.</summary>
internal static class SetUpErrors
{
    private static readonly Dictionary<string, string> Labels = new(StringComparer.Ordinal)
    {
        ["name"] = "The name",
        ["resource_uri"] = "The address",
        ["login_url"] = "The address",
        ["scopes"] = "A permission",
        ["default_scopes"] = "A ticked permission",
        ["new_secret"] = "A secret",
    };

    public static IReadOnlyDictionary<string, string> Of(Problem problem) => problem switch
    {
        { Errors: { Count: > 0 } errors } => errors.ToDictionary(
            e => FieldOf(e.Key), e => $"{Labels.GetValueOrDefault(e.Key, e.Key)} {e.Value[0]}.", StringComparer.Ordinal),
        { Code: "resource_uri_taken" } => new Dictionary<string, string>(StringComparer.Ordinal) { ["resource_uri"] = problem.Detail },
        _ => new Dictionary<string, string>(StringComparer.Ordinal) { [""] = problem.Detail },
    };

    /// <summary>The permissions are several fields, so their errors stand above the form.</summary>
    private static string FieldOf(string member) => member is "name" or "resource_uri" or "login_url" ? member : "";
}
