using System.Text.RegularExpressions;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Cli;

/// <summary>A command could not do its work, and no change of a setting, file or database helps. The exit code is 1.</summary>
internal sealed class CommandFailed(string message) : Exception(message);

/// <summary>
/// The only place where an exception becomes the end of the program: one sentence on stderr and an exit code. The sentences for what an
/// operator can correct are made where the failure is known; every other exception gets a sentence here. A stack trace is printed only at
/// log level Debug, and no secret of the settings is printed at all.
/// </summary>
internal static partial class CommandFailure
{
    public const int Failure = 1;

    /// <summary>The operator can correct it: a setting, the command line, a file, the database.</summary>
    public const int BadInput = 2;

    private const int MinSecretLength = 4;
    private const string Hidden = "…";

    /// <summary>Prints what <see cref="Of"/> says. Returns the exit code.</summary>
    public static async Task<int> ReportAsync(Exception problem, Settings? settings)
    {
        var (text, exitCode) = Of(problem, settings);
        await Console.Error.WriteLineAsync(text);
        return exitCode;
    }

    /// <param name="settings">Null while the settings are not read.</param>
    public static (string Text, int ExitCode) Of(Exception problem, Settings? settings)
    {
        var known = Known(problem);
        var sentence = known switch
        {
            CorruptRow => $"The database in Storage has a row that cannot be read ({known.Message}). Correct the row or restore a backup.",
            null => $"Latchkey ended because of an unexpected error ({problem.GetType().Name}: {FirstLine(problem.Message)}). "
                + "Logging__LogLevel__Default=Debug adds the stack trace for a bug report.",
            _ => known.Message,
        };
        var details = known is (null or CorruptRow) && settings is not null && ShowsStackTrace(settings)
            ? Environment.NewLine + problem
            : "";
        return (
            WithoutSecrets(sentence + details, settings),
            known is UnusableSetting or UnusableDatabase or StorageUnavailable ? BadInput : Failure);
    }

    /// <summary>The exception whose message is a sentence of ours, also when the host or a constructor has wrapped it.</summary>
    private static Exception? Known(Exception? problem)
    {
        for (; problem is not null; problem = problem.InnerException)
        {
            if (problem is UnusableSetting or UnusableDatabase or StorageUnavailable or CommandFailed or CorruptRow
                or HttpRequestException)
            {
                return problem;
            }
        }

        return null;
    }

    private static bool ShowsStackTrace(Settings settings) =>
        Enum.TryParse<LogLevel>(settings.Logging["LogLevel:Default"], ignoreCase: true, out var level) && level <= LogLevel.Debug;

    private static string WithoutSecrets(string text, Settings? settings)
    {
        if (settings is null)
        {
            return text;
        }

        foreach (var secret in SettingsTable.All.Select(setting => setting.SecretOf(settings)).OfType<string>())
        {
            // The path of an SQLite file is no secret. Of a connection string, the password is one by itself.
            var hidden = secret.StartsWith("sqlite:", StringComparison.Ordinal)
                ? []
                : Password().Matches(secret).Select(match => match.Groups["password"].Value).Prepend(secret);
            text = hidden.Where(part => part.Length >= MinSecretLength)
                .Aggregate(text, (shown, part) => shown.Replace(part, Hidden, StringComparison.Ordinal));
        }

        return text;
    }

    private static string FirstLine(string text) => text.Split('\n')[0].Trim().TrimEnd('.');

    [GeneratedRegex(
        @"(password|pwd)\s*=\s*[""']?(?<password>[^;""']+)|://[^:/@]*:(?<password>[^@]+)@",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Password();
}
