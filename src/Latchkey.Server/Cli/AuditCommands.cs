using System.CommandLine;
using System.Globalization;
using Latchkey.Server.Audit;
using Latchkey.Server.Crypto;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Cli;

/// <summary><c>latchkey audit verify</c>: checks the hash chain of the audit log and prints the first error.</summary>
internal static class AuditCommands
{
    public static Command New(CommandRunner run)
    {
        var head =
            new Option<string>("--head") { Description = "An earlier head, <position>:<hash>, which the audit log must still contain." };
        var verify =
            new Command("verify", "Check that no entry of the audit log was changed, removed, inserted or cut off at the end.") { head };
        verify.SetAction((parsed, stop) => run((settings, cancel) => VerifyAsync(settings, parsed.GetValue(head), cancel), stop));
        return new Command("audit", "Check the audit log.") { verify };
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
                throw new CommandFailed($"The audit log was tampered with. {broken.What}");

            case AuditVerdict.Whole { Head.Position: 0 }:
                await Console.Out.WriteLineAsync("The audit log is empty: nothing has been changed yet.");
                break;

            case AuditVerdict.Whole whole:
                await Console.Out.WriteLineAsync($"The audit log is intact: {whole.Head.Position} entries, "
                    + $"from {whole.From:yyyy-MM-dd HH:mm:ss}Z to {whole.To:yyyy-MM-dd HH:mm:ss}Z.");
                await Console.Out.WriteLineAsync(
                    "Head of the audit log. Keep a copy where database users cannot write, and pass it to --head later:");
                await Console.Out.WriteLineAsync($"{whole.Head.Position}:{Convert.ToHexStringLower(whole.Head.Hash)}");
                break;
        }
    }

    private static (long Position, string Hash) Read(string noted) =>
        noted.Split(':') is [var position, { Length: 64 } hash]
        && long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && hash.All(char.IsAsciiHexDigit)
            ? (number, hash)
            : throw new UnusableSetting("--head must be <position>:<hash>, as printed by 'audit verify'.");
}
