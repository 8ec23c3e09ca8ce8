using System.CommandLine;
using Latchkey.Server.Audit;
using Latchkey.Server.Crypto;
using Latchkey.Server.Keys;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Cli;

/// <summary>
/// <c>latchkey keys list|rotate|retire|rewrap</c>: works on the database directly. Running servers see a change within a second.
/// </summary>
internal static class KeyCommands
{
    public static Command New(CommandRunner run)
    {
        var list = new Command("list", "List every key with its purpose, its state and the time of its last change of state.");
        list.SetAction((_, stop) => run(ListAsync, stop));

        var purpose = new Argument<string>("purpose")
        {
            Description = "RS256, ES256, PS256, derive, refresh or api-token. Default: all signing keys.",
            Arity = ArgumentArity.ZeroOrOne
        };
        var force = new Option<bool>("--force")
        {
            Description = "Rotate even if the next key has been published for less than a day. "
                + "Resource servers that cache the key set reject tokens until they fetch it again."
        };
        var rotate = new Command("rotate", "Start to use the next key. The former key stays valid until the tokens it signed have expired.")
        { purpose, force };
        rotate.SetAction((parsed, stop) =>
            run((settings, cancel) => RotateAsync(settings, parsed.GetValue(purpose), parsed.GetValue(force), cancel), stop));

        var id = new Argument<string>("id") { Description = "The id that 'keys list' prints." };
        var retire = new Command("retire", "Emergency: invalidate the key and everything it signed, at once.") { id };
        retire.SetAction((parsed, stop) => run((settings, cancel) => RetireAsync(settings, parsed.GetValue(id)!, cancel), stop));

        var from = new Option<string>("--from") { Description = "The former key-encryption key: base64, or file:<path>.", Required = true };
        var rewrap = new Command(
            "rewrap",
            "Re-encrypt every key with the key-encryption key of the settings. Stop the servers first and start them with the new key.")
        { from };
        rewrap.SetAction((parsed, stop) => run((settings, cancel) => RewrapAsync(settings, parsed.GetValue(from)!, cancel), stop));

        return new Command("keys", "List, rotate, retire or re-encrypt the keys.") { list, rotate, retire, rewrap };
    }

    private static async Task ListAsync(Settings settings, CancellationToken cancellationToken)
    {
        await using var databases = await CommandDatabase.OpenAsync(settings, cancellationToken);
        var rows = await KeyStore.AllAsync(databases.Main, cancellationToken);
        if (rows.Count == 0)
        {
            await Console.Out.WriteLineAsync("There are no keys yet. The first start of the server creates them.");
            return;
        }

        await Console.Out.WriteLineAsync($"{"id",-36}{"purpose",-12}{"state",-10}since");
        foreach (var row in rows)
        {
            await Console.Out.WriteLineAsync($"{row.Id,-36}{row.Purpose,-12}{row.State,-10}{row.InStateSince:yyyy-MM-dd HH:mm}Z");
        }
    }

    private static Task RotateAsync(Settings settings, string? purpose, bool force, CancellationToken cancellationToken) =>
        WithRotationAsync(settings, cancellationToken, async (rotation, rows) =>
        {
            foreach (var each in purpose is null
                ? rows.Where(r => r.State == KeyState.Current && KeyRing.IsSigning(r.Purpose)).Select(r => r.Purpose).ToList()
                : [purpose])
            {
                await PrintAsync(await rotation.RotateAsync(each, force, new Actor.Machine("keys rotate"), cancellationToken));
            }
        });

    private static Task RetireAsync(Settings settings, string id, CancellationToken cancellationToken) =>
        WithRotationAsync(settings, cancellationToken, async (rotation, _) =>
            await PrintAsync(await rotation.RetireAsync(id, new Actor.Machine("keys retire"), cancellationToken)));

    private static async Task RewrapAsync(Settings settings, string from, CancellationToken cancellationToken)
    {
        await using var databases = Databases.Open(settings);
        using var former = new Seal(KeyEncryptionKey.Find(settings with { KeyEncryptionKey = from }, databases.AreShared));
        using var current = new Seal(KeyEncryptionKey.Find(settings, databases.AreShared));
        await databases.MigrateAsync(cancellationToken);
        var formerLog = new AuditLog(databases.Main, former, TimeProvider.System);
        if (!formerLog.IsSealedHere(await formerLog.HeadAsync(cancellationToken)))
        {
            throw new UnusableSetting(
                "--from is not the key that sealed the audit log. Nothing was changed. Run 'audit verify' with that key.");
        }

        var store = new KeyStore(databases.Main, new AuditLog(databases.Main, current, TimeProvider.System));
        var rows = await store.AllAsync(cancellationToken);
        var resealed = rows.ConvertAll(row => former.Open(row.Id, row.Purpose, row.Sealed) is { } clear
            ? row with { Sealed = current.Close(row.Id, row.Purpose, clear) }
            : throw new UnusableSetting($"--from does not decrypt {row.Id}. Nothing was changed."));
        await store.RewrapAsync(resealed, new Actor.Machine("keys rewrap"), cancellationToken);
        await Console.Out.WriteLineAsync(
            $"{resealed.Count} keys are encrypted with the key-encryption key of the settings. Start the servers with it.");
    }

    private static async Task WithRotationAsync(
        Settings settings, CancellationToken cancellationToken, Func<KeyRotation, List<KeyRow>, Task> action)
    {
        await using var databases = Databases.Open(settings);
        using var seal = new Seal(KeyEncryptionKey.Find(settings, databases.AreShared));
        await databases.MigrateAsync(cancellationToken);
        var store = new KeyStore(databases.Main, new AuditLog(databases.Main, seal, TimeProvider.System), new());
        var ring = new KeyRing(store, seal, TimeProvider.System);
        await ring.StartAsync(cancellationToken);
        await action(new KeyRotation(store, ring, TimeProvider.System), await store.AllAsync(cancellationToken));
    }

    private static Task PrintAsync(RotationOutcome outcome) => outcome switch
    {
        RotationOutcome.Rotated rotated => Console.Out.WriteLineAsync(
            $"{rotated.Purpose}: {rotated.CurrentId} is in use. {rotated.FormerId} stays valid until the tokens it signed have expired."),
        RotationOutcome.Retired retired => Console.Out.WriteLineAsync($"{retired.Id} is retired. Everything it signed is invalid."),
        RotationOutcome.TooSoon early => throw new UnusableSetting($"{early.Purpose}: the next key must be published for a full day before "
            + $"it is used, until {early.From:yyyy-MM-dd HH:mm}Z, so that resource servers know it. --force rotates now."),
        RotationOutcome.Overtaken overtaken =>
            throw new UnusableSetting($"{overtaken.Purpose}: another node rotated at the same time. Run 'keys list'."),
        RotationOutcome.UnknownKey unknown => throw new UnusableSetting($"There is no usable key '{unknown.Id}'. Run 'keys list'."),
    };
}
