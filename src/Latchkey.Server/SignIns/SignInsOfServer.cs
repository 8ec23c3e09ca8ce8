using System.Data.Common;
using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>What the log knows about the set-up of an MCP server.</summary>
/// <param name="Tested">The newest login at its login page that went well, a test included.</param>
/// <param name="Connected">The newest sign-in of a client that went well.</param>
/// <param name="Newest">The newest sign-in of a client since a time.</param>
internal sealed record ServerSignIns(SignInSummary? Tested, SignInSummary? Connected, SignInSummary? Newest);

/// <summary>Reads the newest sign-ins of one MCP server and its login page, each by an index.</summary>
internal sealed class SignInsOfServer(IDatabase signIns)
{
    private const string From = $"SELECT {SignInRow.Columns} FROM journeys j WHERE";

    public const string Text =
        $"{From} j.connection_id = @connection AND j.subject IS NOT NULL AND j.outcome = 'connected' ORDER BY j.started_at DESC LIMIT 1; "
        + $"{From} j.resource_id = @resource AND j.outcome = 'connected' AND j.purpose IS NULL ORDER BY j.started_at DESC LIMIT 1; "
        + $"{From} j.resource_id = @resource AND j.purpose IS NULL AND j.started_at >= @since ORDER BY j.started_at DESC LIMIT 1";

    public Task<ServerSignIns?> ReadAsync(
        ResourceId resource, ConnectionId? connection, DateTimeOffset since, CancellationToken cancellationToken) =>
        signIns.ReadAsync<ServerSignIns?>(
            Text,
            new() { { "resource", resource.Value }, { "connection", connection?.Value ?? "" }, { "since", since } },
            Read, cancellationToken);

    private static ServerSignIns Read(DbDataReader reader)
    {
        var tested = SignInRow.ReadOne(reader);
        reader.NextResult();
        var connected = SignInRow.ReadOne(reader);
        reader.NextResult();
        return new(tested, connected, SignInRow.ReadOne(reader));
    }
}
