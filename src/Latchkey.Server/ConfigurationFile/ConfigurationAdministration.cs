using System.Text.Json;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Management;
using Latchkey.Server.Management.ApiClients;
using Latchkey.Server.Management.Setup;
using Latchkey.Server.Storage;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>
/// Applies configuration files and sets up login pages for callers of the management API. The secrets of a file are sent by the caller:
/// its references never read a variable or a file of the server.
/// </summary>
internal sealed class ConfigurationAdministration(
    IDatabase database, StoredConfiguration stored, ConfigurationCache configuration, Settings settings, TimeProvider clock)
{
    public static readonly Problem PlanChanged = new(
        409, "plan_changed", "The changes are no longer those of the plan, because the configuration was changed. Nothing was changed. "
        + "Request the plan again.");

    public static Problem InvalidFile(IReadOnlyList<string> errors) => new(
        400, "invalid_file", $"The file has {errors.Count} {(errors.Count == 1 ? "error" : "errors")}. Nothing was changed.",
        new Dictionary<string, string[]>(StringComparer.Ordinal) { ["file"] = [.. errors] });

    public async Task<Outcome<PlanResponse>> ApplyAsync(ApiCaller caller, JsonBody body, CancellationToken cancellationToken)
    {
        const int MaxNameLength = 256;
        const int DigestLength = 64;

        // The body also has the secrets, and a line break is two characters in JSON.
        const int MaxFileLength = 200_000;
        var text = body.Text("file", MaxFileLength, required: true);
        var name = body.Name("file_name", MaxNameLength) ?? "file";
        var (prunes, isDryRun) = (body.YesNo("prune") ?? false, body.YesNo("dry_run") ?? false);
        var confirmed = body.Text("plan", DigestLength);
        var secrets = ReadSecrets(body);
        if (body.Validate() is { } problem)
        {
            return problem;
        }

        var now = clock.GetUtcNow();
        var situation = new FileSituation(settings, reference => secrets.GetValueOrDefault(reference.ToString()), prunes, now);
        switch (await PlannedFile.ReadAsync(
            new(name, System.Text.Encoding.UTF8.GetBytes(text!)), situation,
            () => StoredConfiguration.LoadAsync(database, cancellationToken)))
        {
            case PlannedFile.Invalid invalid:
                return InvalidFile(invalid.Errors);

            case PlannedFile.Valid valid when !KeepsAccess(caller, valid.Target.Configuration, now):
                return ApiClientAdministration.OwnCredential;

            case PlannedFile.Valid valid when isDryRun:
                return valid.Show(settings.BaseUrl, applied: false);

            case PlannedFile.Valid valid:
                return confirmed is not null && confirmed != valid.Plan.Digest ? PlanChanged
                    : await CarryOutAsync(valid.Plan, caller.Actor, now, cancellationToken) is { } overtaken ? overtaken
                    : valid.Show(settings.BaseUrl, applied: true);
        }

        throw new InvalidOperationException("a planned file is valid or invalid");
    }

    public async Task<Outcome<SetupResponse>> SetUpAsync(Actor by, JsonBody body, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var present = await ConfigurationStore.LoadAsync(database, cancellationToken);
        if (LoginSetup.Read(body, present, settings.BaseUrl, now).ProblemOr(out var setup) is { } problem)
        {
            return problem;
        }

        return await CarryOutAsync(setup.Plan, by, now, cancellationToken) is { } overtaken ? overtaken : setup.Show(settings.BaseUrl);
    }

    private async Task<Problem?> CarryOutAsync(Plan plan, Actor by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var trouble = await stored.CarryOutAsync(plan, by, now);
        await configuration.ReloadAsync(cancellationToken);
        return trouble is null ? null : Problem.Overtaken with { Detail = trouble };
    }

    /// <summary>Whether the caller can call the management API after the changes, from its present address.</summary>
    private static bool KeepsAccess(ApiCaller caller, ConfigurationSnapshot after, DateTimeOffset now) =>
        after.Find(caller.Client.Id) is { IsEnabled: true, Role: ApiRole.Management } kept && kept.AllowsAddress(caller.Address)
        && (kept.Keys is not null || kept.Secrets.Any(s => s.IsGood(now)));

    private static Dictionary<string, string> ReadSecrets(JsonBody body)
    {
        var secrets = new Dictionary<string, string>(StringComparer.Ordinal);
        if (body.Element("secrets", JsonValueKind.Object, "must be an object") is not { } element)
        {
            return secrets;
        }

        foreach (var member in element.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.String || !secrets.TryAdd(member.Name, member.Value.GetString()!))
            {
                body.Wrong("secrets", "must have a string per reference, such as \"env LOGIN_SECRET\", each once");
            }
        }

        return secrets;
    }
}
