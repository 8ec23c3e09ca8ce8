using Latchkey.Server.Management.Setup;
using Latchkey.Server.Resources;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>A configuration file to apply.</summary>
/// <param name="Name">The name in messages.</param>
internal sealed record FileToApply(string Name, ReadOnlyMemory<byte> Text);

/// <summary>
/// The plan of a configuration file, for the command line and the management API: 1. the file is parsed; 2. the stored configuration is
/// loaded; 3. the file is read against it; 4. the differences are the plan.
/// </summary>
internal abstract record PlannedFile
{
    private PlannedFile() { }

    /// <param name="Target">The configuration after the plan.</param>
    /// <param name="Unlisted">The number of stored entities that the file does not contain and that are kept.</param>
    /// <param name="Named">The resources of the file.</param>
    public sealed record Valid(Plan Plan, ConfigurationState Target, int Unlisted, IReadOnlyList<Resource> Named) : PlannedFile
    {
        /// <param name="applied">Whether the plan was carried out.</param>
        public PlanResponse Show(string baseUrl, bool applied) => new(
            Plan.Digest, Plan.Shown, Unlisted, applied,
            applied ? [.. Named.Select(resource => IntegrationBody.Of(resource, Target.Configuration, baseUrl))] : []);
    }

    public sealed record Invalid(IReadOnlyList<string> Errors) : PlannedFile;

    /// <param name="load">Loads the stored configuration. Not called for a file that is not YAML.</param>
    public static async Task<PlannedFile> ReadAsync(
        FileToApply file, FileSituation situation, Func<Task<ConfigurationState>> load)
    {
        var errors = new FileErrors(file.Name);
        if (FileParser.Parse(file.Text.Span, errors) is not { } root)
        {
            return new Invalid(errors.All);
        }

        var before = await load();
        return FileReader.Read(root, before, situation, errors) switch
        {
            FileReadResult.Wrong wrong => new Invalid(wrong.Errors),
            FileReadResult.Right right => new Valid(
                Plan.Between(before, right.Target, right.References), right.Target, situation.Prunes ? 0 : right.Unlisted, right.Named),
        };
    }
}
