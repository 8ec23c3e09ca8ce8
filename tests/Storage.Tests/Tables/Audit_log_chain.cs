using System.Data.Common;
using Latchkey.Server.Audit;
using Latchkey.Server.Crypto;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Audit_log_chain_on_SQLite(SqliteStore store) : Audit_log_chain(store), IClassFixture<SqliteStore>
{
    private protected override string AllowTampering =>
        "DROP TRIGGER audit_entries_are_not_changed; DROP TRIGGER audit_entries_are_not_deleted";
}

public sealed class Audit_log_chain_on_PostgreSQL(PostgresStore store) : Audit_log_chain(store), IClassFixture<PostgresStore>
{
    private protected override string AllowTampering => "DROP TRIGGER audit_entries_are_not_changed ON audit_entries";
}

/// <summary>The audit log: a change and its entry are one write, and tampering with an entry is detected as far as a log
/// inside the database can.</summary>
public abstract class Audit_log_chain(Store store)
{
    private const int AtOnce = 64;
    private const string Change = "INSERT INTO revoked_tokens (id, expires_at) VALUES (@token, 1) RETURNING id; "
        + $"{AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM revoked_tokens WHERE id = @token)";
    private static readonly byte[] Key = [.. Enumerable.Range(0, Seal.KeyLength).Select(i => (byte)i)];

    /// <summary>The SQL with which the owner of the database removes the protection.</summary>
    private protected abstract string AllowTampering { get; }

    [Fact]
    public async Task An_entry_has_actor_action_target_and_detail_of_the_change()
    {
        var (_, log) = await NewAsync();
        Assert.IsType<AuditVerdict.Whole>(await VerifyAsync(log));
        await ChangeAsync(log, "first", "{\"name\":{\"from\":\"é\",\"to\":\"\\u0000\"}}");
        await ChangeAsync(log, "second", "{}");

        var entries = await log.NewestAsync(long.MaxValue, 10, target: null, actor: null, CancellationToken.None);
        Assert.Equal(
            [(2L, "second", "latchkey test", "token.changed"), (1L, "first", "latchkey test", "token.changed")],
            entries.Select(e => (e.Position, e.Target, e.Actor, e.Action)));
        Assert.Equal("{\"name\":{\"from\":\"é\",\"to\":\"\\u0000\"}}", entries[1].Detail);
        Assert.Equal(entries[1].Hash, entries[0].Previous);
        Assert.Equal("first", Assert.Single(await log.NewestAsync(2, 10, target: null, actor: null, CancellationToken.None)).Target);
        Assert.Equal(
            "first", Assert.Single(await log.NewestAsync(long.MaxValue, 10, "first", "latchkey test", CancellationToken.None)).Target);
        Assert.Empty(await log.NewestAsync(long.MaxValue, 10, target: null, "skc_unknown", CancellationToken.None));
        Assert.Equal(2, Assert.IsType<AuditVerdict.Whole>(await VerifyAsync(log)).Head.Position);
    }

    [Fact]
    public async Task A_refused_change_has_no_entry()
    {
        var (database, log) = await NewAsync();
        var taken = await log.WriteAsync(
            NewChange("refused"),
            $"UPDATE revoked_tokens SET expires_at = 2 WHERE id = @token RETURNING id; {AuditLog.Entry} WHERE EXISTS (SELECT 1 "
            + "FROM revoked_tokens WHERE id = @token)",
            new() { { "token", "nothing" } }, Rows.Any, CancellationToken.None);

        Assert.False(taken);
        Assert.Equal(0, await CountAsync(database, "audit_entries"));
        Assert.Equal(0, Assert.IsType<AuditVerdict.Whole>(await VerifyAsync(log)).Head.Position);
    }

    [Fact]
    public async Task A_unique_violation_rolls_back_the_change_and_its_entry()
    {
        var (database, log) = await NewAsync();
        await ChangeAsync(log, "same", "{}");
        await Assert.ThrowsAsync<UniqueViolation>(() => ChangeAsync(log, "same", "{}"));

        Assert.Equal((1, 1), (await CountAsync(database, "audit_entries"), await CountAsync(database, "revoked_tokens")));
        Assert.IsType<AuditVerdict.Whole>(await VerifyAsync(log));
    }

    [Fact]
    public async Task Of_64_concurrent_changes_at_two_nodes_the_audit_log_has_all_in_one_chain()
    {
        var (database, log) = await NewAsync();
        using var seal = new Seal(Key);
        var other = new AuditLog(store.OpenAnother(database), seal, TimeProvider.System);
        await Task.WhenAll(
            Enumerable.Range(0, AtOnce).Select(i => Task.Run(() => ChangeAsync(i % 2 == 0 ? log : other, $"token {i}", "{}"))));

        Assert.Equal(AtOnce, await CountAsync(database, "revoked_tokens"));
        Assert.Equal(
            Enumerable.Range(1, AtOnce).Select(i => (long)i),
            (await log.BehindAsync(0, 100, CancellationToken.None)).Select(e => e.Position));
        Assert.Equal(AtOnce, Assert.IsType<AuditVerdict.Whole>(await VerifyAsync(log)).Head.Position);
    }

    [Theory]
    [InlineData("UPDATE audit_entries SET actor = 'skc_other' WHERE position = 1")]
    [InlineData("DELETE FROM audit_entries WHERE position = 1")]
    public async Task An_entry_cannot_be_changed_or_deleted(string sql)
    {
        var (database, log) = await NewAsync();
        await ChangeAsync(log, "first", "{}");
        await Assert.ThrowsAnyAsync<DbException>(() => RunAsync(database, sql));
        Assert.IsType<AuditVerdict.Whole>(await VerifyAsync(log));
    }

    [Theory]
    [InlineData("UPDATE audit_entries SET actor = 'skc_other' WHERE position = 3", "Entry 3 was changed")]
    [InlineData("UPDATE audit_entries SET action = 'other' WHERE position = 3", "Entry 3 was changed")]
    [InlineData("UPDATE audit_entries SET target = 'other' WHERE position = 3", "Entry 3 was changed")]
    [InlineData("UPDATE audit_entries SET detail = '{\"a\":1}' WHERE position = 3", "Entry 3 was changed")]
    [InlineData("UPDATE audit_entries SET at = at + 1 WHERE position = 3", "Entry 3 was changed")]
    [InlineData("UPDATE audit_entries SET id = 'aud_other' WHERE position = 5", "Entry 5 was changed")]
    [InlineData("DELETE FROM audit_entries WHERE position = 1", "Entry 1 is missing")]
    [InlineData("DELETE FROM audit_entries WHERE position = 3", "Entry 3 is missing")]
    [InlineData("DELETE FROM audit_entries WHERE position > 3", "its last entry is 3")]
    [InlineData("DELETE FROM audit_entries", "its last entry is 0")]
    [InlineData(
        "DELETE FROM audit_entries WHERE position = 3; UPDATE audit_entries SET position = position - 1 WHERE position = 4",
        "Entry 3 does not follow entry 2")]
    [InlineData(
        "DELETE FROM audit_entries WHERE position = 5; UPDATE audit_head SET position = 4, hash = (SELECT hash "
        + "FROM audit_entries WHERE position = 4)",
        "not sealed with this key-encryption key")]
    [InlineData("DELETE FROM audit_entries; UPDATE audit_head SET position = 0", "not sealed with this key-encryption key")]
    public async Task Verification_of_the_audit_log_reports_the_tampered_entry(string tampering, string found)
    {
        var (database, log) = await NewAsync();
        for (var i = 1; i <= 5; i++)
        {
            await ChangeAsync(log, $"token {i}", "{}");
        }

        await RunAsync(database, $"{AllowTampering}; {tampering}");
        Assert.Contains(found, Assert.IsType<AuditVerdict.Broken>(await VerifyAsync(log)).What, StringComparison.Ordinal);
    }

    /// <summary>An attacker can recompute the hashes of the chain but cannot seal its head.</summary>
    [Fact]
    public async Task A_replaced_last_entry_with_a_valid_hash_is_detected()
    {
        var (database, log) = await NewAsync();
        await ChangeAsync(log, "first", "{}");
        var entry = (await log.BehindAsync(0, 1, CancellationToken.None))[0];
        var forged = entry with { Actor = "skc_other" };
        await RunAsync(database, AllowTampering);
        await database.WriteAsync(
            "UPDATE audit_entries SET actor = @actor, hash = @hash", new() { { "actor", forged.Actor }, { "hash", forged.ComputeHash() } },
            static _ => true, CancellationToken.None);

        Assert.Contains("entry 1 was replaced", Assert.IsType<AuditVerdict.Broken>(await VerifyAsync(log)).What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_with_another_key_does_not_accept_the_audit_log()
    {
        var (database, log) = await NewAsync();
        await ChangeAsync(log, "first", "{}");
        using var seal = new Seal(new byte[Seal.KeyLength]);
        Assert.Contains(
            "not sealed",
            Assert.IsType<AuditVerdict.Broken>(await VerifyAsync(new AuditLog(database, seal, TimeProvider.System))).What,
            StringComparison.Ordinal);
    }

    /// <summary>An older copy of the whole database is consistent. Only a head that was noted elsewhere reveals it.</summary>
    [Fact]
    public async Task An_older_copy_is_detected_with_a_noted_head()
    {
        var (_, older) = await NewAsync();
        var (_, newer) = await NewAsync();
        await ChangeAsync(older, "first", "{}");
        await ChangeAsync(newer, "first", "{}");
        await ChangeAsync(newer, "second", "{}");
        var entries = await newer.BehindAsync(0, 10, CancellationToken.None);
        var first = (1L, Convert.ToHexString(entries[0].Hash));
        var second = (2L, Convert.ToHexString(entries[1].Hash));

        Assert.IsType<AuditVerdict.Whole>(await AuditVerification.VerifyAsync(newer, first, CancellationToken.None));
        Assert.IsType<AuditVerdict.Whole>(await AuditVerification.VerifyAsync(newer, second, CancellationToken.None));
        Assert.Contains(
            "the audit log ends at 1",
            Assert.IsType<AuditVerdict.Broken>(await AuditVerification.VerifyAsync(older, second, CancellationToken.None)).What,
            StringComparison.Ordinal);
        Assert.Contains(
            "a different audit log",
            Assert.IsType<AuditVerdict.Broken>(await AuditVerification.VerifyAsync(older, first, CancellationToken.None)).What,
            StringComparison.Ordinal);
    }

    private async Task<(IDatabase Database, AuditLog Log)> NewAsync()
    {
        var database = await store.OpenEmptyAsync();
        await database.MigrateAsync(CancellationToken.None);
        return (database, new AuditLog(database, new Seal(Key), TimeProvider.System));
    }

    private static AuditedChange NewChange(string target, string detail = "{}") =>
        new(new Actor.Machine("test"), "token.changed", target, detail);

    private static Task<bool> ChangeAsync(AuditLog log, string token, string detail) =>
        log.WriteAsync(NewChange(token, detail), Change, new() { { "token", token } }, Rows.Any, CancellationToken.None);

    private static Task<AuditVerdict> VerifyAsync(AuditLog log) => AuditVerification.VerifyAsync(log, noted: null, CancellationToken.None);

    private static Task<bool> RunAsync(IDatabase database, string sql) =>
        database.WriteAsync(sql, SqlValues.None, static _ => true, CancellationToken.None);

    private static Task<int> CountAsync(IDatabase database, string table) =>
        database.ReadAsync($"SELECT 1 FROM {table}", SqlValues.None, Rows.Count, CancellationToken.None);
}
