using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>A filter for the list of sign-ins. A null member does not filter.</summary>
internal sealed record SignInFilter
{
    public string? Outcome { get; init; }
    public string? Cause { get; init; }
    public string? Station { get; init; }
    public string? ClientId { get; init; }

    /// <summary>The beginning of the id or the name of a client.</summary>
    public string? Client { get; init; }
    public string? Family { get; init; }
    public string? ResourceId { get; init; }
    public string? ConnectionId { get; init; }
    public string? Subject { get; init; }

    /// <summary>The id or the e-mail address of a person.</summary>
    public string? Person { get; init; }
    public string? Network { get; init; }
    public string? Reference { get; init; }
    public bool? Tolerated { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? Before { get; init; }

    /// <summary>By the last event, for what happens to an access long after its sign-in.</summary>
    public DateTimeOffset? LastFrom { get; init; }
    public DateTimeOffset? LastBefore { get; init; }
}

/// <summary>
/// Lists sign-ins, newest first. A filter with an index is in the text alone, so that its index is used; the others are conditions on the
/// rows that it finds. The count stops at <see cref="MaxCounted"/>, because a count has to visit every row.
/// </summary>
internal sealed class SignInList(IDatabase signIns)
{
    public const int MaxCounted = 1_000;

    /// <summary>The filters in the order of their selectivity. The first one in use leads.</summary>
    private static readonly (string Name, string Condition)[] Leads =
    [
        ("reference", "j.reference = @reference"),
        ("subject", "j.subject = @subject"),
        ("person", "(j.subject = @person OR j.email = @email)"),
        ("cause", "j.cause = @cause"),
        ("network", "j.network = @network"),
        ("client", "j.client_id = @client"),
        ("family", "j.family = @family"),
        ("outcome", "j.outcome = @outcome"),
        ("resource", "j.resource_id = @resource"),
    ];

    private static readonly (string Name, string Condition)[] Others =
    [
        ("client_text",
            $"(j.client_id LIKE @client_begins_as_typed {PrefixText.Escape} "
            + $"OR lower(j.client_name) LIKE @client_begins {PrefixText.Escape} "
            + $"OR j.client_name LIKE @client_begins_as_typed {PrefixText.Escape})"),
        ("connection", "j.connection_id = @connection"),
        ("station", "j.station = @station"),
        ("tolerated", "j.tolerated = @tolerated"),
        ("from", "j.started_at >= @from"),
        ("before", "j.started_at < @before"),
        ("last_from", "j.last_at >= @last_from"),
        ("last_before", "j.last_at < @last_before"),
    ];

    /// <returns>The number of sign-ins, at most <see cref="MaxCounted"/>, and one page of them.</returns>
    public Task<(int Total, List<SignInSummary> Page)> FindAsync(
        SignInFilter filter, RowPlace? after, int limit, CancellationToken cancellationToken)
    {
        var (count, page, values) = QueryOf(filter, after, limit);
        return signIns.ReadAsync(
            $"{count}; {page}", values, static reader => Rows.Counted(reader, SignInRow.ReadOne), cancellationToken);
    }

    public static (string Count, string Page, SqlValues Values) QueryOf(SignInFilter filter, RowPlace? after, int limit)
    {
        var values = ValuesOf(filter);
        var used = values.Where(v => v.Value is not null).Select(v => v.Name).ToHashSet(StringComparer.Ordinal);
        var lead = Array.Find(Leads, l => used.Contains(l.Name));
        var conditions = Leads.Where(l => l.Name != lead.Name).Concat(Others)
            .Select(c => c.Name is "from" or "before" && used.Contains(c.Name) ? c.Condition : $"(@{c.Name} IS NULL OR {c.Condition})")
            .Prepend(lead.Condition ?? "1 = 1");
        var where = string.Join(" AND ", conditions);
        var behind = after is null ? "" : " AND (j.started_at, j.auth_request_id) < (@after_at, @after_id)";
        values.Add("limit", limit);
        values.Add("max", (long)MaxCounted);
        if (after is { } place)
        {
            values.Add("after_at", place.At);
            values.Add("after_id", place.Id);
        }

        return (
            $"SELECT COUNT(*) FROM (SELECT 1 FROM journeys j WHERE {where} LIMIT @max) counted",
            $"SELECT {SignInRow.Columns} FROM journeys j WHERE {where}{behind} "
            + "ORDER BY j.started_at DESC, j.auth_request_id DESC LIMIT @limit",
            values);
    }

    /// <summary>The refusals and ends of these sign-ins, in order, with the facts that they rested on.</summary>
    public async Task<ILookup<AuthorizationId, SignInEvent>> RefusalsAsync(
        IReadOnlyList<SignInSummary> of, CancellationToken cancellationToken)
    {
        const int MaxEvents = 3_000;
        var values = new SqlValues();
        values.AddJson("ids", SignInJson.Keys(of.Where(s => s.CauseCode is not null).Select(s => s.AuthorizationId.Value)));
        var events = await signIns.ReadAsync(
            $"SELECT {SignInRow.EventColumns} FROM journey_events e WHERE e.auth_request_id IN (SELECT key FROM json_each(@ids)) "
            + $"ORDER BY e.position LIMIT {MaxEvents}",
            values,
            static reader => SignInRow.ReadEvents(reader),
            cancellationToken);
        return events.Where(e => e.CauseCode is not null).ToLookup(e => e.AuthorizationId);
    }

    private static SqlValues ValuesOf(SignInFilter filter) => new()
    {
        { "reference", filter.Reference },
        { "subject", filter.Subject },
        { "person", filter.Person },
        { "email", filter.Person?.ToLowerInvariant() },
        { "cause", filter.Cause },
        { "network", filter.Network },
        { "client", filter.ClientId },
        { "family", filter.Family },
        { "outcome", filter.Outcome },
        { "resource", filter.ResourceId },
        { "client_text", filter.Client },
        { "client_begins", filter.Client is { } name ? PrefixText.Pattern(name.ToLowerInvariant()) : null },
        { "client_begins_as_typed", filter.Client is { } typed ? PrefixText.Pattern(typed) : null },
        { "connection", filter.ConnectionId },
        { "station", filter.Station },
        { "tolerated", filter.Tolerated is { } tolerated ? tolerated ? 1L : 0L : null },
        { "from", filter.From },
        { "before", filter.Before },
        { "last_from", filter.LastFrom },
        { "last_before", filter.LastBefore },
    };
}
