using System.Data.Common;
using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>A page of sign-ins, newest first.</summary>
/// <param name="Counts">
/// The number per outcome, whatever outcomes are selected, in the newest <see cref="SignInBrowser.MaxCounted"/>.
/// </param>
/// <param name="HasMore">Whether there are further rows in the direction of reading.</param>
internal sealed record SignInListing(
    IReadOnlyList<SignInSummary> SignIns, IReadOnlyDictionary<SignInOutcome, int> Counts, bool IsCapped, bool HasMore);

/// <summary>
/// Reads the sign-in log for the dashboard. The most selective filter with one value leads, and its index has the order of the list. The
/// other filters are conditions on the rows that it finds, written so that no index is taken for them. Nothing is counted beyond a cap.
/// </summary>
internal sealed class SignInBrowser(IDatabase signIns)
{
    public const int MaxCounted = 2_000;

    /// <summary>The values per filter.</summary>
    public const int MaxValues = 10;

    private sealed record Filter(string Name, string Column, IReadOnlyList<string> Values);

    public Task<SignInListing> ReadAsync(SignInSelection selection, RowSlice slice, CancellationToken cancellationToken)
    {
        var (text, values) = QueryOf(selection, slice);
        return signIns.ReadAsync(text, values, reader => Read(reader, slice), cancellationToken);
    }

    /// <summary>Rows alone, for a download.</summary>
    public Task<List<SignInSummary>> RowsAsync(SignInSelection selection, RowSlice slice, CancellationToken cancellationToken)
    {
        var values = new SqlValues();
        return signIns.ReadAsync(PageText(selection, slice, values), values, Rows, cancellationToken);
    }

    public static (string Text, SqlValues Values) QueryOf(SignInSelection selection, RowSlice slice)
    {
        var values = new SqlValues { { "max", MaxCounted + 1L } };
        var page = PageText(selection, slice, values);
        var counted = Where(selection with { Outcomes = [] }, []);
        return (
            $"SELECT outcome, COUNT(*) FROM (SELECT j.outcome FROM journeys j WHERE {counted} ORDER BY j.started_at DESC LIMIT @max) c "
            + $"WHERE outcome IS NOT NULL GROUP BY outcome; {page}",
            values);
    }

    private static string PageText(SignInSelection selection, RowSlice slice, SqlValues values)
    {
        var where = Where(selection, values);
        values.Add("limit", slice.Limit + 1);
        var (compare, order) = slice.IsNewer ? (">", "ASC") : ("<", "DESC");
        if (slice.Place is { } place)
        {
            where += $" AND (j.started_at, j.auth_request_id) {compare} (@place_at, @place_id)";
            values.Add("place_at", place.At);
            values.Add("place_id", place.Id);
        }

        return $"SELECT {SignInRow.Columns} FROM journeys j WHERE {where} "
            + $"ORDER BY j.started_at {order}, j.auth_request_id {order} LIMIT @limit";
    }

    private static string Where(SignInSelection selection, SqlValues values)
    {
        Filter[] filters =
        [
            new("person", "", One(selection.Person)),
            new("cause", "cause", selection.Causes),
            new("network", "network", One(selection.Network)),
            new("client", "client_id", One(selection.ClientId)),
            new("family", "family", selection.Families),
            new("outcome", "outcome", selection.Outcomes),
            new("resource", "resource_id", selection.Resources),
            new("connection", "connection_id", selection.Connections),
            new("station", "station", selection.Stations),
        ];
        var used = filters.Where(f => f.Values.Count > 0).ToList();
        var lead = used.Find(f => f is { Values.Count: 1, Name: not ("connection" or "station") });
        List<string> conditions = [.. used.Select(f => ConditionOf(f, isLead: f == lead))];
        foreach (var filter in used)
        {
            for (var i = 0; i < filter.Values.Count; i++)
            {
                values.Add($"{filter.Name}_{i}", filter.Values[i]);
            }
        }

        if (selection.Person is { } person)
        {
            values.Add("email", person.ToLowerInvariant());
        }

        if (selection.Tolerated is { } tolerated)
        {
            conditions.Add("j.tolerated = @tolerated");
            values.Add("tolerated", tolerated ? 1L : 0L);
        }

        if (selection.From is { } from)
        {
            conditions.Add("j.started_at >= @from");
            values.Add("from", from);
        }

        if (selection.Before is { } before)
        {
            conditions.Add("j.started_at < @before");
            values.Add("before", before);
        }

        return conditions.Count == 0 ? "1 = 1" : string.Join(" AND ", conditions);
    }

    private static string ConditionOf(Filter filter, bool isLead) => (filter.Name, isLead) switch
    {
        ("person", _) => "(j.subject = @person_0 OR j.email = @email)",
        (_, true) => $"j.{filter.Column} = @{filter.Name}_0",
        _ => $"COALESCE(j.{filter.Column}, '') IN ({string.Join(", ", filter.Values.Select((_, i) => $"@{filter.Name}_{i}"))})",
    };

    private static IReadOnlyList<string> One(string? value) => value is null ? [] : [value];

    private static SignInListing Read(DbDataReader reader, RowSlice slice)
    {
        var counts = new Dictionary<SignInOutcome, int>();
        while (reader.Read())
        {
            counts.Add(StoredNames.Outcome(reader.GetString(0), "journeys"), (int)reader.GetInt64(1));
        }

        reader.NextResult();
        var rows = Rows(reader);
        var hasMore = rows.Count > slice.Limit;
        var page = rows.Take(slice.Limit).ToList();
        if (slice.IsNewer)
        {
            page.Reverse();
        }

        return new(page, counts, counts.Values.Sum() > MaxCounted, hasMore);
    }

    private static List<SignInSummary> Rows(DbDataReader reader)
    {
        var rows = new List<SignInSummary>();
        while (SignInRow.ReadOne(reader) is { } row)
        {
            rows.Add(row);
        }

        return rows;
    }
}
