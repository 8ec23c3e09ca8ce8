using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using Npgsql;

namespace Latchkey.Server.Storage.Postgres;

/// <summary>What the server says about the role and itself, before the first migration.</summary>
internal sealed record PostgresFacts(string Role, string? Schema, bool CanCreate, bool IsReadOnly, int Version);

/// <summary>
/// Turns a failure of PostgreSQL at start-up into a sentence that says what the operator can do. The driver's exceptions end here: they are
/// English of a library, and some contain keywords of the connection string.
/// </summary>
internal static partial class PostgresFailure
{
    /// <param name="facts">Null when no connection could be opened.</param>
    /// <returns>A <see cref="StorageUnavailable"/> or an <see cref="UnusableDatabase"/>.</returns>
    public static Exception AtStart(Exception problem, PostgresConnections at, PostgresFacts? facts) => problem switch
    {
        PostgresException refused => OfServer(refused, at, facts),
        _ when Inner<AuthenticationException>(problem) is { } untrusted => new UnusableDatabase(
            $"The TLS certificate of PostgreSQL at {at.Shown} is not accepted: {FirstLine(untrusted)} Name its authority in Storage "
            + "(Root Certificate=…, in a URL sslrootcert=…), or use another SSL Mode."),
        _ when Inner<SocketException>(problem) is { } socket => OfSocket(socket, at),
        _ when problem.Message.Contains("No password has been provided", StringComparison.Ordinal) => new StorageUnavailable(
            $"PostgreSQL at {at.Shown} requires a password for the role '{at.Username}'. Add Password to Storage.", problem),
        _ when problem.Message.Contains("SSL", StringComparison.OrdinalIgnoreCase) => new UnusableDatabase(
            $"Storage requires TLS, but PostgreSQL at {at.Shown} does not offer it. Switch on ssl there, or write SSL Mode=Prefer (in a "
                + "URL "
            + "sslmode=prefer)."),
        _ when Inner<FileNotFoundException>(problem) is not null || Inner<DirectoryNotFoundException>(problem) is not null =>
            new UnusableDatabase($"Storage names a certificate or key file that does not exist, for PostgreSQL at {at.Shown}."),
        _ when Inner<TimeoutException>(problem) is not null => new StorageUnavailable(
            $"PostgreSQL does not answer in time at {at.Shown}. Check the address in Storage and the firewall.", problem,
            mayComeBack: true),
        _ => new StorageUnavailable(
            $"PostgreSQL at {at.Shown} cannot be used: {FirstLine(problem)} Check Storage.", problem, mayComeBack: true),
    };

    /// <summary>Returns the error of a server that the program cannot use, or null.</summary>
    public static UnusableDatabase? OfFacts(PostgresFacts facts, PostgresConnections at)
    {
        const int Oldest = 15;
        const int VersionFactor = 10_000;
        return facts.Version < Oldest * VersionFactor
            ? new($"PostgreSQL at {at.Shown} has version {facts.Version / VersionFactor}; {Oldest} or later is required. Upgrade it.")
            : facts.IsReadOnly
                ? new($"PostgreSQL at {at.Shown} is read-only: a standby, or default_transaction_read_only is on. Let Storage name the "
                    + "primary; with several hosts, add Target Session Attributes=primary.")
            : null;
    }

    private static Exception OfServer(PostgresException refused, PostgresConnections at, PostgresFacts? facts)
    {
        var said = FirstLine(refused.MessageText);
        return refused.SqlState switch
        {
            PostgresErrorCodes.InvalidPassword => new StorageUnavailable(
                $"PostgreSQL at {at.Shown} refuses the password of the role '{at.Username}'. Correct Username and Password in "
                    + "Storage.", refused),
            PostgresErrorCodes.InvalidAuthorizationSpecification => new StorageUnavailable(
                $"PostgreSQL at {at.Shown} does not let the role '{at.Username}' connect: {said} Correct Storage, or pg_hba.conf "
                    + "there.", refused),
            PostgresErrorCodes.InvalidCatalogName => new StorageUnavailable(
                $"The database in Storage does not exist at {at.Shown}. Correct the name, or create the database: CREATE DATABASE … OWNER "
                + $"{Quoted(at.Username)}.", refused),
            PostgresErrorCodes.TooManyConnections => new StorageUnavailable(
                $"PostgreSQL at {at.Shown} has no connection left: {said} Raise its max_connections or the limit of the role, or lower "
                + "Maximum Pool Size in Storage.", refused, mayComeBack: true),
            PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown =>
                new StorageUnavailable($"PostgreSQL at {at.Shown} is starting or stopping: {said}", refused, mayComeBack: true),
            PostgresErrorCodes.ReadOnlySqlTransaction => new UnusableDatabase(
                $"PostgreSQL at {at.Shown} is read-only. Let Storage name the primary."),
            PostgresErrorCodes.InvalidSchemaName => new UnusableDatabase(
                $"PostgreSQL at {at.Shown} has no schema for new tables. As its owner run: CREATE SCHEMA latchkey AUTHORIZATION "
                + $"{Quoted(facts?.Role ?? at.Username)}, and add Search Path=latchkey to Storage."),
            PostgresErrorCodes.InsufficientPrivilege => new UnusableDatabase(OfPrivilege(said, at, facts)),
            PostgresErrorCodes.ProtocolViolation when StartupParameter().Match(said) is { Success: true } parameter => new UnusableDatabase(
                $"The connection pooler at {at.Shown} does not accept the startup parameter {parameter.Groups["name"].Value}. Remove it "
                + "from Storage, or add it to ignore_startup_parameters of the pooler."),
            _ when PostgresDatabase.IsTemporary(refused) => new StorageUnavailable(
                $"PostgreSQL at {at.Shown} is not available: {said} ({refused.SqlState})", refused, mayComeBack: true),
            _ => new UnusableDatabase($"PostgreSQL at {at.Shown} refuses the migration of the database: {said} ({refused.SqlState})"),
        };
    }

    private static string OfPrivilege(string said, PostgresConnections at, PostgresFacts? facts)
    {
        var role = Quoted(facts?.Role ?? at.Username);
        return facts is { CanCreate: false }
            ? $"The role {role} may not create tables in the schema {Quoted(facts.Schema)} of the database at {at.Shown}. As its owner "
                + "run: "
                + $"GRANT CREATE ON SCHEMA {Quoted(facts.Schema)} TO {role}; or add Search Path=<a schema of the role> to Storage."
            : $"The role {role} may not change a table of Latchkey at {at.Shown}: {said} The role must own the tables. As their owner run: "
                + $"REASSIGN OWNED BY current_user TO {role}.";
    }

    private static StorageUnavailable OfSocket(SocketException socket, PostgresConnections at) => socket.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => new(
            $"The host name in Storage cannot be resolved, for PostgreSQL at {at.Shown}. Correct Host, or wait for DNS.", socket,
            mayComeBack: true),
        SocketError.ConnectionRefused => new(
            $"PostgreSQL does not accept connections at {at.Shown}. Start it, or correct Host and Port in Storage.", socket,
            mayComeBack: true),
        _ => new($"PostgreSQL cannot be reached at {at.Shown}: {FirstLine(socket)} Check Storage.", socket, mayComeBack: true),
    };

    private static T? Inner<T>(Exception? problem)
        where T : Exception
    {
        for (; problem is not null; problem = problem.InnerException)
        {
            if (problem is T found)
            {
                return found;
            }
        }

        return null;
    }

    private static string Quoted(string? name) => $"\"{name?.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string FirstLine(Exception problem) => FirstLine(problem.Message);

    private static string FirstLine(string text) => $"{text.Split('\n')[0].Trim().TrimEnd('.')}.";

    [GeneratedRegex(
        @"unsupported startup parameter(?: in options)?: (?<name>[a-z_]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StartupParameter();
}
