using System.Text.RegularExpressions;
using Microsoft.Extensions.Hosting;

namespace Conventions.Tests;

/// <summary>
/// Every loop, timer and thread of the server goes through <c>Supervision/Supervisor.cs</c>: one that does not can end the server, or end
/// by itself without a word. A new loop is a <c>BackgroundLoop</c> (recipe in ARCHITECTURE.md).
/// </summary>
public sealed partial class Background_work
{
    private static readonly Dictionary<string, string> Services = new(StringComparer.Ordinal)
    {
        ["Latchkey.Server.Supervision.BackgroundLoops"] = "runs every registered loop under the supervisor",
        ["Latchkey.Server.SignIns.SignInRecorder"] = "runs its queues under the supervisor, and writes them to their end while the "
            + "server stops",
    };

    private static readonly Dictionary<string, string> Starts = new(StringComparer.Ordinal)
    {
        ["Supervision/Supervisor.cs"] = "the supervisor",
        ["Storage/Sqlite/SqliteWriter.cs"] = "the writer thread catches every exception for itself and hands it to the caller",
        ["Storage/Sqlite/SqliteDatabase.cs"] = "a read on another thread, whose caller waits for it",
        ["Health/HealthChecks.cs"] = "a look at a file that may hang, whose caller waits for two seconds at most",
        ["Storage/StorageHealthCheck.cs"] = "one check at a time, which catches every exception of a storage and whose callers wait for it",
        ["Network/Dial.cs"] = "a name lookup, which cannot be cancelled, on a thread of its own; its caller waits for it",
        ["Network/FetchLimiter.cs"] = "returns a lease when a lookup that was given up ends",
        ["Network/SharedPort.cs"] = "one connection, which catches every exception for itself",
    };

    [Fact]
    public void A_hosted_service_runs_its_loops_under_the_supervisor() =>
        Violations.None(
            Types.WrittenIn(Types.Server)
                .Where(type => type is { IsClass: true, IsAbstract: false } && typeof(IHostedService).IsAssignableFrom(type))
                .Select(type => type.FullName!).Where(name => !Services.ContainsKey(name)),
            "a hosted service of its own; register a BackgroundLoop instead");

    [Fact]
    public void A_thread_timer_or_task_that_is_not_awaited_is_started_by_the_supervisor() =>
        Violations.None(
            Repository.CSharp.Where(file => file.Path.StartsWith("src/Latchkey.Server/", StringComparison.Ordinal))
                .Where(file => !Starts.ContainsKey(file.Path["src/Latchkey.Server/".Length..]))
                .SelectMany(file => file.Lines.Where(line => Start().IsMatch(line)).Select(line => $"{file.Path}: {line.Trim()}")),
            "started outside the supervisor");

    [Fact]
    public void Every_listed_exception_exists() =>
        Violations.None(
            Starts.Keys.Where(path => !Start().IsMatch(Repository.Get($"src/Latchkey.Server/{path}").Text)),
            "listed here and starts nothing");

    [GeneratedRegex(
        @"Task\.Run\(|Task\.Factory|new Thread\(|CreateTimer\(|new Timer\(|PeriodicTimer|ThreadPool\.|\b_ = "
            + @"\w*(\.\w+)*Async\(|\.ContinueWith\(",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Start();
}
