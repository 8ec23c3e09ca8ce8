using Latchkey.Server.Storage;

namespace Latchkey.Server.Management;

/// <summary>What is known of a create that came with an <c>Idempotency-Key</c>.</summary>
internal abstract record Repetition
{
    private Repetition() { }

    /// <summary>It is the first, and now this caller's to do.</summary>
    public sealed record First : Repetition;

    public sealed record Answered(byte[] Sealed) : Repetition;

    public sealed record UnderWay : Repetition;

    /// <summary>The key was used for something else.</summary>
    public sealed record OfAnotherRequest : Repetition;
}

/// <summary>Answers to creates by their keys. Of any number of requests with one key at once, on any node, exactly one is the first.</summary>
internal sealed class IdempotencyStore(IDatabase database)
{
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>A request that took longer is taken for lost with its process, and may be done again.</summary>
    private static readonly TimeSpan Lost = TimeSpan.FromMinutes(1);

    public Task<Repetition> BeginAsync(byte[] hash, byte[] request, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync<Repetition>(
        """
        INSERT INTO idempotent_answers (hash, request, begun_at) VALUES (@hash, @request, @now)
        ON CONFLICT (hash) DO UPDATE SET request = excluded.request, begun_at = excluded.begun_at, answer = NULL
           WHERE idempotent_answers.begun_at <= @expired
              OR (idempotent_answers.answer IS NULL AND idempotent_answers.begun_at <= @lost AND idempotent_answers.request = excluded.request)
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
        "UPDATE idempotent_answers SET answer = @answer WHERE hash = @hash", new() { { "hash", hash }, { "answer", sealedAnswer } }, static _ => true, cancellationToken);

    /// <summary>Nothing came of it: the key is free again.</summary>
    public Task ForgetAsync(byte[] hash, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM idempotent_answers WHERE hash = @hash AND answer IS NULL", new() { { "hash", hash } }, static _ => true, cancellationToken);

    public Task<int> SweepAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM idempotent_answers WHERE hash IN (SELECT hash FROM idempotent_answers WHERE begun_at <= @expired ORDER BY begun_at LIMIT 500) RETURNING 1",
        new() { { "expired", now - Kept } },
        Rows.Count,
        cancellationToken);
}
