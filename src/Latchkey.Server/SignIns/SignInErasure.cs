using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;
using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>
/// Erases a person from the sign-in log: their id, e-mail address, address and program are replaced in summaries and events. What happened
/// stays.
/// </summary>
internal sealed class SignInErasure(IDatabase signIns, SignInRecorder recorder)
{
    public const string Erased = "erased";

    /// <summary>Facts that describe a person's device.</summary>
    private static readonly string[] OfDevice = ["address", FactNames.Network, FactNames.FormerNetwork, FactNames.UserAgent];

    /// <param name="known">The person's authorizations that the main database still knew.</param>
    /// <returns>The number of sign-ins of the person.</returns>
    /// <exception cref="StorageUnavailable">The log cannot be reached. Repeat the call.</exception>
    public async Task<int> EraseAsync(
        ConnectionId connection, string subject, IReadOnlyList<AuthorizationId> known, CancellationToken cancellationToken)
    {
        await recorder.FlushAsync(cancellationToken);
        var count = 0;
        while (await NextAsync(connection, subject, cancellationToken) is { } found)
        {
            await EraseEventsAsync("e.auth_request_id = @key", found.Id, subject, found.Email, cancellationToken);
            await signIns.WriteAsync(
                $"UPDATE journeys SET subject = '{Erased}', email = NULL, network = NULL, agent = NULL WHERE auth_request_id = @id",
                new() { { "id", found.Id } }, static _ => true, cancellationToken);
            count++;
        }

        // Sign-ins that earlier versions recorded have no summary.
        foreach (var id in known)
        {
            await EraseEventsAsync("e.auth_request_id = @key", id.Value, subject, email: null, cancellationToken);
        }

        // A sign-in that another person went on with after "not me", and one for which a second person was reported.
        await EraseEventsAsync("e.events LIKE @key", "%\"consent.not_you\"%", subject, email: null, cancellationToken);
        await EraseEventsAsync(
            "e.events LIKE @key", $"%\"{LogInCauses.OtherUserReported.Code}\"%", subject, email: null, cancellationToken);
        return count;
    }

    /// <summary>A row that is erased already is not found again, even if the person's own id is the word that replaces it.</summary>
    private Task<(string Id, string? Email)?> NextAsync(ConnectionId connection, string subject, CancellationToken cancellationToken) =>
        signIns.ReadAsync(
            "SELECT auth_request_id, email FROM journeys WHERE subject = @subject AND connection_id = @connection "
            + $"AND (subject <> '{Erased}' OR email IS NOT NULL OR network IS NOT NULL OR agent IS NOT NULL) LIMIT 1",
            new() { { "subject", subject }, { "connection", connection.Value } },
            static row => row.Read() ? (row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1)) : ((string, string?)?)null,
            cancellationToken);

    private async Task EraseEventsAsync(
        string which, string key, string subject, string? email, CancellationToken cancellationToken)
    {
        var rows = await signIns.ReadAsync(
            $"SELECT {SignInRow.EventColumns}, e.position FROM journey_events e WHERE {which}", new() { { "key", key } }, Read,
            cancellationToken);
        string[] words = email is null ? [subject] : [subject, email];
        var changed = rows.Select(row => (row.Position, Former: row.Events, Events: row.Events.Select(e => Without(e, words)).ToList()))
            .Where(row => row.Former.Zip(row.Events).Any(e => !e.First.Facts.SequenceEqual(e.Second.Facts))).ToList();
        if (changed.Count == 0)
        {
            return;
        }

        var values = new SqlValues();
        values.AddJson("rows", SignInJson.Write(json =>
        {
            json.WriteStartObject();
            foreach (var (position, _, events) in changed)
            {
                json.WriteStartArray(position.ToString(CultureInfo.InvariantCulture));
                EventJson.Write(json, events);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }));
        await signIns.WriteAsync(
            """
            UPDATE journey_events
               SET detail = '', events = (SELECT r.value->>0 FROM json_each(@rows) r WHERE r.key = CAST(journey_events.position AS TEXT))
             WHERE position IN (SELECT CAST(key AS BIGINT) FROM json_each(@rows))
            """,
            values, static _ => true, cancellationToken);
    }

    private static SignInEvent Without(SignInEvent happened, string[] words)
    {
        var isTheirs = happened.Facts.Any(f => words.Any(w => Names(f.Value, w)));
        return !isTheirs && happened.LoginRequestId is null ? happened
            : happened with { Facts = [.. happened.Facts.Select(f => Without(f, words))] };
    }

    private static Fact Without(Fact fact, string[] words) =>
        OfDevice.Contains(fact.Name, StringComparer.Ordinal) ? fact with { Value = Erased }
        : words.FirstOrDefault(w => Names(fact.Value, w)) is null ? fact
        : fact with { Value = words.Aggregate(fact.Value, (text, word) => Word(word).Replace(text, Erased)) };

    private static bool Names(string text, string word) => Word(word).IsMatch(text);

    /// <summary>The word alone, not within a longer one.</summary>
    private static Regex Word(string word) => new(
        $@"(?<![\w@.-]){Regex.Escape(RecordedFacts.Text(word))}(?![\w@-])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        TimeSpan.FromSeconds(1));

    private static List<(long Position, IReadOnlyList<SignInEvent> Events)> Read(DbDataReader row)
    {
        var rows = new List<(long Position, IReadOnlyList<SignInEvent> Events)>();
        while (SignInRow.ReadRow(row) is { } events)
        {
            rows.Add((row.GetInt64(6), events));
        }

        return rows;
    }
}
