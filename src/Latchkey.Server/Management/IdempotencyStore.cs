using Latchkey.Server.Storage;

namespace Latchkey.Server.Management;

/// <summary>The state of a create request with an <c>Idempotency-Key</c>.</summary>
internal abstract record Repetition
{
    private Repetition() { }

    /// <summary>The first request with this key. The caller carries it out.</summary>
    public sealed record First : Repetition;

    public sealed record Answered(byte[] Sealed) : Repetition;

    public sealed record UnderWay : Repetition;

    /// <summary>The key was used for another request.</summary>
    public sealed record OfAnotherRequest : Repetition;
}

/// <summary>Stores the responses of create requests by key. Of several concurrent requests with one key, on any node,
/// exactly one is the first.</summary>
internal sealed class IdempotencyStore(IDatabase database)
{
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>After this time, a request without a response counts as lost with its process, and can be repeated.</summary>
    private static readonly TimeSpan Lost = TimeSpan.FromMinutes(1);

    public Task<Repetition> BeginAsync(byte[] hash, byte[] request, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync<Repetition>(
            """
            INSERT INTO idempotent_answers (hash, request, begun_at) VALUES (@hash, @request, @now)
            ON CONFLICT (hash) DO UPDATE SET request = excluded.request, begun_at = excluded.begun_at, answer = NULL
               WHERE idempotent_answers.begun_at <= @expired
                  OR (idempotent_answers.answer IS NULL AND idempotent_answers.begun_at <= @lost
                      AND idempotent_answers.request = excluded.request)
            RETURNING hash;
            SELECT request, answer FROM idempotent_answers WHERE hash = @hash
            """,
            new() { { "hash", hash }, { "request", request }, { "now", now }, { "expired", now - Kept }, { "lost", now - Lost } },
            reader =>
            {
                if (reader.Read())
                {
                    return new Repetition.First();
                }

                reader.NextResult();
                return !reader.Read() ? throw new CorruptRow("idempotent_answers", Convert.ToHexString(hash), "neither added nor found")
                    : !request.AsSpan().SequenceEqual((byte[])reader.GetValue(0)) ? new Repetition.OfAnotherRequest()
                    : reader.IsDBNull(1) ? new Repetition.UnderWay()
                    : new Repetition.Answered((byte[])reader.GetValue(1));
            },
            cancellationToken);

    public Task KeepAsync(byte[] hash, byte[] sealedAnswer, CancellationToken cancellationToken) => database.WriteAsync(
        "UPDATE idempotent_answers SET answer = @answer WHERE hash = @hash", new() { { "hash", hash }, { "answer", sealedAnswer } },
        static _ => true, cancellationToken);

    /// <summary>Releases the key of a request that failed.</summary>
    public Task ForgetAsync(byte[] hash, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM idempotent_answers WHERE hash = @hash AND answer IS NULL", new() { { "hash", hash } }, static _ => true,
        cancellationToken);

    public Task<int> SweepAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM idempotent_answers WHERE hash IN (SELECT hash FROM idempotent_answers WHERE begun_at <= @expired "
        + "ORDER BY begun_at LIMIT 500) RETURNING 1",
        new() { { "expired", now - Kept } },
        Rows.Count,
        cancellationToken);
}
