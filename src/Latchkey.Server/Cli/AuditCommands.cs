using System.CommandLine;
using System.Globalization;
using Latchkey.Server.Audit;
using Latchkey.Server.Keys;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Cli;

/// <summary><c>latchkey audit verify</c>: walks the record of every change and says the first thing that is wrong with it.</summary>
internal static class AuditCommands
{
    public static Command New(Func<Func<Settings, CancellationToken, Task>, CancellationToken, Task<int>> run)
    {
        var head = new Option<string>("--head") { Description = "A head noted down earlier, <position>:<hash>: the record must still hold it." };
        var verify = new Command("verify", "Look whether any entry was changed, taken out or put between, and whether the end was cut off.") { head };
        verify.SetAction((parsed, stop) => run((settings, cancel) => VerifyAsync(settings, parsed.GetValue(head), cancel), stop));
        return new Command("audit", "Look after the record of every change.") { verify };
    }

    private static async Task VerifyAsync(Settings settings, string? noted, CancellationToken cancellationToken)
    {
        (long Position, string Hash)? earlier = noted is null ? null : Read(noted);
        await using var databases = Databases.Open(settings);
        using var seal = new Seal(KeyEncryptionKey.Find(settings, databases.AreShared));
        await databases.MigrateAsync(cancellationToken);
        switch (await AuditVerification.VerifyAsync(new AuditLog(databases.Main, seal, TimeProvider.System), earlier, cancellationToken))
        {
            case AuditVerdict.Broken broken:
                throw new UnusableDatabase($"The audit record is not whole. {broken.What}");

            case AuditVerdict.Whole { Head.Position: 0 }:
                await Console.Out.WriteLineAsync("The audit record is empty: nothing was ever changed.");
                break;

            case AuditVerdict.Whole whole:
                await Console.Out.WriteLineAsync($"The audit record is whole: {whole.Head.Position} entries, from {whole.From:yyyy-MM-dd HH:mm:ss}Z to {whole.To:yyyy-MM-dd HH:mm:ss}Z.");
                await Console.Out.WriteLineAsync("Its head, to be noted down where nobody who can write into the database can write:");
                await Console.Out.WriteLineAsync($"{whole.Head.Position}:{Convert.ToHexStringLower(whole.Head.Hash)}");
                break;
        }
    }

    private static (long Position, string Hash) Read(string noted) =>
        noted.Split(':') is [var position, { Length: 64 } hash] && long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && hash.All(char.IsAsciiHexDigit)
            ? (number, hash)
            : throw new UnusableSetting("--head is <position>:<hash>, as an earlier 'audit verify' printed it.");
}
