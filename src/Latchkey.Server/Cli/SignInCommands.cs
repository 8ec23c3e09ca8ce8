using System.CommandLine;
using System.Globalization;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Cli;

/// <summary>
/// <c>latchkey sign-ins</c>: lists the newest sign-ins of the log; with a reference or an id, prints what happened, why it stopped, what
/// was sent and expected, who can fix it and how.
/// </summary>
internal static class SignInCommands
{
    private const int MaxListed = 50;
    private const int MaxCell = 40;
    private static readonly string[] Headings = ["WHEN (UTC)", "OUTCOME", "STEP", "CAUSE", "CLIENT", "PERSON", "RESOURCE", "REFERENCE"];

    public static Command New(CommandRunner run)
    {
        var key = new Argument<string?>("reference")
        {
            Description = "A reference of an error page or error description, or the id of an auth request, login request or grant.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var failed = new Option<bool>("--failed") { Description = "Only sign-ins that were stopped." };
        var command = new Command("sign-ins", "List the newest sign-ins, or explain one.") { key, failed };
        command.SetAction((parsed, stop) => run(
            (settings, cancel) => parsed.GetValue(key) is { } text
                ? ExplainAsync(settings, text, cancel)
                : ListAsync(settings, parsed.GetValue(failed), cancel),
            stop));
        return command;
    }

    private static async Task ListAsync(Settings settings, bool isFailedOnly, CancellationToken cancellationToken)
    {
        await using var databases = await OpenAsync(settings, cancellationToken);
        var filter = new SignInFilter { Outcome = isFailedOnly ? StoredNames.Stopped : null };
        var (_, rows) = await new SignInList(databases.SignIns).FindAsync(filter, after: null, MaxListed, cancellationToken);
        if (rows.Count == 0)
        {
            await Console.Out.WriteLineAsync(isFailedOnly ? "No sign-in was stopped." : "The sign-in log is empty.");
            return;
        }

        List<string[]> table = [Headings, .. rows.Select(CellsOf)];
        var widths = Headings.Select((_, i) => table.Max(row => row[i].Length)).ToArray();
        foreach (var row in table)
        {
            await Console.Out.WriteLineAsync(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        }
    }

    private static string[] CellsOf(SignInSummary signIn) =>
    [
        Time(signIn.StartedAt),
        signIn.Outcome is { } outcome ? StoredNames.Of(outcome) : "",
        signIn is { Outcome: not SignInOutcome.Connected, Station: { } station } ? StoredNames.Of(station) : "",
        signIn.CauseCode ?? "",
        Cell(signIn.ClientName ?? signIn.ClientId),
        Cell(signIn.Email ?? signIn.Subject),
        signIn.ResourceId ?? "",
        signIn.Reference,
    ];

    private static async Task ExplainAsync(Settings settings, string key, CancellationToken cancellationToken)
    {
        await using var databases = await OpenAsync(settings, cancellationToken);
        var store = new SignInStore(databases.SignIns);
        var signIn = AuthorizationId.Parse(key) is { } authRequest ? await store.FindAsync(authRequest, cancellationToken)
            : LoginRequestId.Parse(key.Split('.')[0]) is { } loginRequest ? await store.FindAsync(loginRequest, cancellationToken)
            : GrantId.Parse(key) is { } grant ? await store.FindAsync(grant, cancellationToken)
            : SignInReference.Parse(key) is { } reference ? await store.FindAsync(reference, cancellationToken)
            : throw new UnusableSetting($"'{OAuthError.Printable(key)}' is not a reference (7K2M-Q4XA) or the id of a sign-in.");
        if (signIn is not null)
        {
            await PrintAsync(signIn);
        }
        else if (SignInReference.Parse(key) is { } ofEvent
            && await UnattributedEvents.FindStoredAsync(databases.SignIns, ofEvent, cancellationToken) is { } happened)
        {
            await Console.Out.WriteLineAsync(
                $"{happened.Reference}, {Time(happened.Minute)} UTC: belongs to no sign-in; {happened.Count} times in this minute"
                + (happened.Network is { } network ? $" from {network}" : ""));
            await PrintCauseAsync(happened.CauseCode, happened.Facts);
        }
        else
        {
            throw new UnusableDatabase($"The sign-in log has nothing with the reference or id {OAuthError.Printable(key)}.");
        }
    }

    private static async Task PrintAsync(SignIn signIn)
    {
        var summary = signIn.Summary;
        await Console.Out.WriteLineAsync(
            $"{summary.Reference}, {Time(summary.StartedAt)} UTC: {(summary.Outcome is { } outcome ? StoredNames.Of(outcome) : "recorded")}"
            + (summary is { Outcome: not SignInOutcome.Connected, Station: { } station } ? $" at the step {StoredNames.Of(station)}" : ""));
        foreach (var (name, value) in ((string, string?)[])
            [
                ("client", summary.ClientName is { } client ? $"{client} ({summary.ClientId})" : summary.ClientId),
                ("goes to", summary.RedirectHost), ("resource", summary.ResourceId), ("connection", summary.ConnectionId),
                ("person", summary.Subject is { } subject ? $"{subject} {summary.Email}".TrimEnd() : null), ("grant", summary.GrantId),
                ("network", summary.Network), ("auth request", summary.AuthorizationId.Value),
            ])
        {
            PrintMember(name, value);
        }

        if (summary.CauseCode is { } cause)
        {
            await PrintCauseAsync(cause, SignInEvent.Decisive(cause, signIn.Events)?.Facts ?? []);
        }

        await Console.Out.WriteLineAsync("\nWhat happened");
        foreach (var happened in signIn.Events)
        {
            await Console.Out.WriteLineAsync($"  {Exact(happened.At)}  {happened.Name}  {happened.Detail}");
        }
    }

    private static void PrintMember(string name, string? value)
    {
        if (value is not null)
        {
            Console.Out.WriteLine($"  {name + ":",-14}{value}");
        }
    }

    private static async Task PrintCauseAsync(string code, IReadOnlyList<Fact> facts)
    {
        var cause = Causes.Find(code);
        await Console.Out.WriteLineAsync($"\nWhy: {code}");
        if (cause is not null)
        {
            await Console.Out.WriteLineAsync(
                $"  {CauseText.Render(cause.Title, facts)} {CauseText.Render(cause.Explanation, facts)}");
        }

        foreach (var fact in facts.Where(f => f.Kind != FactKind.Seen && f.Name != RecordedFacts.Detail))
        {
            await Console.Out.WriteLineAsync($"  {(fact.Kind == FactKind.Sent ? "sent" : "expected"),-9} {fact.Name} = {fact.Value}");
        }

        if (cause is not null && CauseText.Compare(cause, facts) is { Where: { } difference } compared)
        {
            await Console.Out.WriteLineAsync($"  {"differs",-9} {compared.Name} {difference}");
        }

        if (cause is not null)
        {
            await Console.Out.WriteLineAsync(
                $"  Who can fix it: {string.Join(", ", cause.FixedBy.Select(NameOf))}. {CauseText.Render(cause.Fix, facts)}");
        }
    }

    private static string NameOf(Fixer fixer) => fixer switch
    {
        Fixer.Nobody => "no one has to",
        Fixer.ClientVendor => "the vendor of the client",
        Fixer.LoginPage => "the login page",
        Fixer.McpServer => "the MCP server",
        Fixer.Operator => "the operator of this server",
        Fixer.Person => "the person",
        _ => throw new InvalidOperationException("no such party"),
    };

    /// <summary>Opens the stores of the settings, of which the log must be usable.</summary>
    private static async Task<Databases> OpenAsync(Settings settings, CancellationToken cancellationToken)
    {
        var databases = Databases.Open(settings);
        await databases.SignIns.MigrateAsync(cancellationToken);
        if (databases.SignIns.Failure is not { } failure)
        {
            return databases;
        }

        await databases.DisposeAsync();
        throw new StorageUnavailable(failure);
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Exact(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static string Cell(string? text) => text is null ? "" : text.Length <= MaxCell ? text : $"{text[..(MaxCell - 1)]}…";
}
