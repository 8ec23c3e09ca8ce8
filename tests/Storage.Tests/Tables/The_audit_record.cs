using System.Data.Common;
using Latchkey.Server.Audit;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class The_audit_record_on_SQLite(OnSqlite store) : The_audit_record(store), IClassFixture<OnSqlite>
{
    private protected override string AllowTampering => "DROP TRIGGER audit_entries_are_not_changed; DROP TRIGGER audit_entries_are_not_deleted";
}

public sealed class The_audit_record_on_PostgreSQL(OnPostgres store) : The_audit_record(store), IClassFixture<OnPostgres>
{
    private protected override string AllowTampering => "DROP TRIGGER audit_entries_are_not_changed ON audit_entries";
}

/// <summary>A change and its entry are one step, and whoever touches an entry afterwards is found, as far as a record inside the database can know.</summary>
public abstract class The_audit_record(Store store)
{
    private const int AtOnce = 64;
    private const string Change = $"INSERT INTO revoked_tokens (id, expires_at) VALUES (@token, 1) RETURNING id; {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM revoked_tokens WHERE id = @token)";
    private static readonly byte[] Key = [.. Enumerable.Range(0, Seal.KeyLength).Select(i => (byte)i)];

    /// <summary>What somebody who owns the database does first.</summary>
    private protected abstract string AllowTampering { get; }

    [Fact]
    public async Task Holds_each_change_with_who_made_it_and_what_it_was()
    {
        var (_, log) = await NewAsync();
        Assert.IsType<AuditVerdict.Whole>(await VerifyAsync(log));
        await ChangeAsync(log, "first", "{\"name\":{\"from\":\"é\",\"to\":\"\\u0000\"}}");
        await ChangeAsync(log, "second", "{}");

        var entries = await log.NewestAsync(long.MaxValue, 10, target: null, actor: null, CancellationToken.None);
        Assert.Equal([(2L, "second", "latchkey test", "token.changed"), (1L, "first", "latchkey test", "token.changed")], entries.Select(e => (e.Position, e.Target, e.Actor, e.Action)));
        Assert.Equal("{\"name\":{\"from\":\"é\",\"to\":\"\\u0000\"}}", entries[1].Detail);
        Assert.Equal(entries[1].Hash, entries[0].Previous);
        Assert.Equal("first", Assert.Single(await log.NewestAsync(2, 10, target: null, actor: null, CancellationToken.None)).Target);
        Assert.Equal("first", Assert.Single(await log.NewestAsync(long.MaxValue, 10, "first", "latchkey test", CancellationToken.None)).Target);
        Assert.Empty(await log.NewestAsync(long.MaxValue, 10, target: null, "skc_nobody", CancellationToken.None));
        Assert.Equal(2, Assert.IsType<AuditVerdict.Whole>(await VerifyAsync(log)).Head.Position);
    }

    [Fact]
    public async Task Holds_nothing_of_a_change_that_was_refused()
    {
        var (database, log) = await NewAsync();
        var taken = await log.WriteAsync(
            NewChange("refused"), $"UPDATE revoked_tokens SET expires_at = 2 WHERE id = @token RETURNING id; {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM revoked_tokens WHERE id = @token)",
            new() { { "token", "nothing" } }, Rows.Any, CancellationToken.None);

        Assert.False(taken);
        Assert.Equal(0, await CountAsync(database, "audit_entries"));
        Assert.Equal(0, Assert.IsType<AuditVerdict.Whole>(await VerifyAsync(log)).Head.Position);
    }

    [Fact]
    public async Task Passes_on_that_a_value_of_the_change_is_taken_and_keeps_neither()
    {
        var (database, log) = await NewAsync();
        await ChangeAsync(log, "same", "{}");
        await Assert.ThrowsAsync<UniqueViolation>(() => ChangeAsync(log, "same", "{}"));

        Assert.Equal((1, 1), (await CountAsync(database, "audit_entries"), await CountAsync(database, "revoked_tokens")));
        Assert.IsType<AuditVerdict.Whole>(await VerifyAsync(log));
    }

    [Fact]
    public async Task Of_64_changes_at_two_nodes_at_once_loses_none_and_stays_one_chain()
    {
        var (database, log) = await NewAsync();
        using var seal = new Seal(Key);
        var other = new AuditLog(store.OpenAnother(database), seal, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(i => Task.Run(() => ChangeAsync(i % 2 == 0 ? log : other, $"token {i}", "{}"))));

        Assert.Equal(AtOnce, await CountAsync(database, "revoked_tokens"));
        Assert.Equal(Enumerable.Range(1, AtOnce).Select(i => (long)i), (await log.BehindAsync(0, 100, CancellationToken.None)).Select(e => e.Position));
        Assert.Equal(AtOnce, Assert.IsType<AuditVerdict.Whole>(await VerifyAsync(log)).Head.Position);
    }

    [Theory]
    [InlineData("UPDATE audit_entries SET actor = 'skc_somebody_else' WHERE position = 1")]
    [InlineData("DELETE FROM audit_entries WHERE position = 1")]
    public async Task Keeps_a_careless_hand_away(string sql)
    {
        var (database, log) = await NewAsync();
        await ChangeAsync(log, "first", "{}");
        await Assert.ThrowsAnyAsync<DbException>(() => RunAsync(database, sql));
        Assert.IsType<AuditVerdict.Whole>(await VerifyAsync(log));
    }

    [Theory]
    [InlineData("UPDATE audit_entries SET actor = 'skc_somebody_else' WHERE position = 3", "Entry 3 was changed")]
    [InlineData("UPDATE audit_entries SET action = 'other' WHERE position = 3", "Entry 3 was changed")]
    [InlineData("UPDATE audit_entries SET target = 'other' WHERE position = 3", "Entry 3 was changed")]
    [InlineData("UPDATE audit_entries SET detail = '{\"a\":1}' WHERE position = 3", "Entry 3 was changed")]
    [InlineData("UPDATE audit_entries SET at = at + 1 WHERE position = 3", "Entry 3 was changed")]
    [InlineData("UPDATE audit_entries SET id = 'aud_other' WHERE position = 5", "Entry 5 was changed")]
    [InlineData("DELETE FROM audit_entries WHERE position = 1", "Entry 1 is missing")]
    [InlineData("DELETE FROM audit_entries WHERE position = 3", "Entry 3 is missing")]
    [InlineData("DELETE FROM audit_entries WHERE position > 3", "its last entry is 3")]
    [InlineData("DELETE FROM audit_entries", "its last entry is 0")]
    [InlineData("DELETE FROM audit_entries WHERE position = 3; UPDATE audit_entries SET position = position - 1 WHERE position = 4", "Entry 3 does not follow entry 2")]
    [InlineData("DELETE FROM audit_entries WHERE position = 5; UPDATE audit_head SET position = 4, hash = (SELECT hash FROM audit_entries WHERE position = 4)", "not sealed with this key-encryption key")]
    [InlineData("DELETE FROM audit_entries; UPDATE audit_head SET position = 0", "not sealed with this key-encryption key")]
    public async Task Shows_where_it_was_touched(string tampering, string found)
    {
        var (database, log) = await NewAsync();
        for (var i = 1; i <= 5; i++)
        {
            await ChangeAsync(log, $"token {i}", "{}");
        }

        await RunAsync(database, $"{AllowTampering}; {tampering}");
        Assert.Contains(found, Assert.IsType<AuditVerdict.Broken>(await VerifyAsync(log)).What, StringComparison.Ordinal);
    }

    /// <summary>Who knows how the hashes are made writes the whole chain anew, and still cannot seal its end.</summary>
    [Fact]
    public async Task Shows_that_its_last_entry_was_replaced_by_one_with_a_right_hash()
    {
        var (database, log) = await NewAsync();
        await ChangeAsync(log, "first", "{}");
        var entry = (await log.BehindAsync(0, 1, CancellationToken.None))[0];
        var forged = entry with { Actor = "skc_somebody_else" };
        await RunAsync(database, AllowTampering);
        await database.WriteAsync(
            "UPDATE audit_entries SET actor = @actor, hash = @hash", new() { { "actor", forged.Actor }, { "hash", forged.ComputeHash() } }, static _ => true, CancellationToken.None);

        Assert.Contains("entry 1 was replaced", Assert.IsType<AuditVerdict.Broken>(await VerifyAsync(log)).What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_not_taken_for_its_own_by_a_server_with_another_key()
    {
        var (database, log) = await NewAsync();
        await ChangeAsync(log, "first", "{}");
        using var seal = new Seal(new byte[Seal.KeyLength]);
        Assert.Contains("not sealed", Assert.IsType<AuditVerdict.Broken>(await VerifyAsync(new AuditLog(database, seal, TimeProvider.System))).What, StringComparison.Ordinal);
    }

    /// <summary>An older copy of the whole database is whole in itself: only a head noted down elsewhere tells.</summary>
    [Fact]
    public async Task Shows_that_it_is_an_older_copy_when_its_head_was_noted_down()
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
        Assert.Contains("the audit log ends at 1", Assert.IsType<AuditVerdict.Broken>(await AuditVerification.VerifyAsync(older, second, CancellationToken.None)).What, StringComparison.Ordinal);
        Assert.Contains("a different audit log", Assert.IsType<AuditVerdict.Broken>(await AuditVerification.VerifyAsync(older, first, CancellationToken.None)).What, StringComparison.Ordinal);
    }

    private async Task<(IDatabase Database, AuditLog Log)> NewAsync()
    {
        var database = await store.OpenEmptyAsync();
        await database.MigrateAsync(CancellationToken.None);
        return (database, new AuditLog(database, new Seal(Key), TimeProvider.System));
    }

    private static AuditedChange NewChange(string target, string detail = "{}") => new(new Actor.Machine("test"), "token.changed", target, detail);

    private static Task<bool> ChangeAsync(AuditLog log, string token, string detail) =>
        log.WriteAsync(NewChange(token, detail), Change, new() { { "token", token } }, Rows.Any, CancellationToken.None);

    private static Task<AuditVerdict> VerifyAsync(AuditLog log) => AuditVerification.VerifyAsync(log, noted: null, CancellationToken.None);

    private static Task<bool> RunAsync(IDatabase database, string sql) => database.WriteAsync(sql, SqlValues.None, static _ => true, CancellationToken.None);

    private static Task<int> CountAsync(IDatabase database, string table) => database.ReadAsync($"SELECT 1 FROM {table}", SqlValues.None, Rows.Count, CancellationToken.None);
}
