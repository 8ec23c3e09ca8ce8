using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.Clients;
using Latchkey.Server.Grants;

namespace Latchkey.Server.Dashboard.Access;

/// <summary>An access as a row shows it.</summary>
public sealed record AccessLine
{
    private const int MaxNamed = 3;

    public required string Path { get; init; }
    public required string Email { get; init; }

    /// <summary>The name of the person. Null when none was reported.</summary>
    public required string? Name { get; init; }
    public required string Client { get; init; }
    public required string Server { get; init; }
    public required string Permissions { get; init; }
    public required DateTimeOffset Since { get; init; }
    public required DateTimeOffset UsedAt { get; init; }
    public required bool IsLive { get; init; }
    public required DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it ended.</summary>
    public required string End { get; init; }

    internal static AccessLine Of(ListedGrant row, ConfigurationSnapshot configuration) => new()
    {
        Path = DashboardPaths.Access(row.Grant.Id),
        Email = row.Found.User.Email,
        Name = row.Found.User.ReportedName,
        Client = ClientLine.NameOf(row.Client, row.Grant.ClientId),
        Server = configuration.Find(row.Grant.ResourceId)?.Name ?? row.Grant.ResourceId.Value,
        Permissions = PermissionsOf(row.Grant),
        Since = row.Grant.CreatedAt,
        UsedAt = row.UsedAt,
        IsLive = row.Found.IsLive,
        EndedAt = row.Grant.EndedAt,
        End = AccessWords.Of(row.Grant.EndedBy),
    };

    internal static IReadOnlyList<AccessLine> Of(IEnumerable<ListedGrant> rows, ConfigurationSnapshot configuration) =>
        [.. rows.Select(row => Of(row, configuration))];

    private static string PermissionsOf(Grant grant)
    {
        var names = grant.Scope.ToList();
        return names.Count == 0 ? "none"
            : string.Join(", ", names.Take(MaxNamed)) + (names.Count > MaxNamed ? $" and {names.Count - MaxNamed} more" : "");
    }
}
