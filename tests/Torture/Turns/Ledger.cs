using Latchkey.Server.Storage;
using Latchkey.Server.Token;

namespace Torture.Turns;

/// <summary>What a step did to the store, as far as it took effect.</summary>
internal enum Deed
{
    Reported,
    Allowed,
    Denied,
    StartedOver,
    Burnt,
    Exchanged,
    Rotated,

    /// <summary>A confidential client refreshed: its token stays.</summary>
    Touched,
    GrantEnded,
    UserRevoked,
}

/// <param name="Round">When: see <see cref="Schedule.Round"/>.</param>
/// <param name="Of">The row: a login request, a grant, a person.</param>
/// <param name="At">By the clock of who took the step.</param>
/// <param name="Generation">Of the refresh token that was rotated away.</param>
internal sealed record Done(int Round, Deed Deed, string Of, DateTimeOffset At, long? Generation);

/// <param name="Begun">The round in which the request arrived: it took its first step in a later one.</param>
internal sealed record IssuedTokens(int Begun, string? Code, TokenResponse Response);

/// <summary>What happened in one schedule: from the steps that took effect, and from what the actors were told.</summary>
internal sealed class Ledger
{
    /// <summary>Each by what no other text has in front of its conditions.</summary>
    private static readonly (string Text, Deed Deed, string Key)[] Known =
    [
        ("SET stage = 'awaiting_return'", Deed.Reported, "id"),
        ("SET stage = 'awaiting_exchange'", Deed.Allowed, "id"),
        ("SET stage = 'ended', reason = @reason, error = @error", Deed.Denied, "id"),
        ("SET stage = 'ended', reason = 'NotYou'", Deed.StartedOver, "id"),
        ("SET stage = 'ended', reason = @reason, error = NULL", Deed.Burnt, "id"),
        ("SET stage = 'exchanged'", Deed.Exchanged, "code"),
        ("UPDATE grants SET generation = generation + 1", Deed.Rotated, "id"),
        ("UPDATE grants SET used_at = @now", Deed.Touched, "id"),
        ("UPDATE grants SET ended_at = @now, ended_reason = @reason WHERE id = @id", Deed.GrantEnded, "id"),
        ("UPDATE users SET revoked_at", Deed.UserRevoked, "subject"),
    ];

    private readonly Lock gate = new();
    private readonly List<Done> deeds = [];
    private readonly List<IssuedTokens> issued = [];
    private readonly HashSet<string> codes = new(StringComparer.Ordinal);
    private readonly HashSet<(string Visit, string Subject)> reports = [];
    private readonly List<string> visits = [];

    public IReadOnlyList<Done> Deeds => deeds;

    public IReadOnlyList<IssuedTokens> Issued => issued;

    /// <summary>Every code that a browser was sent away with.</summary>
    public IReadOnlyCollection<string> Codes => codes;

    /// <summary>Who was told that their report is the one that counts.</summary>
    public IReadOnlyCollection<(string Visit, string Subject)> Reports => reports;

    /// <summary>Every visit there was, the first one first.</summary>
    public IReadOnlyList<string> Visits => visits;

    public void Wrote<T>(int round, string sql, SqlValues values, T answer)
    {
        if (answer is null or false || Array.Find(Known, k => sql.Contains(k.Text, StringComparison.Ordinal)) is not { Text: not null } known)
        {
            return;
        }

        var of = (string)values.Find(v => v.Name == known.Key).Value!;
        var generation = known.Deed == Deed.Rotated ? (long?)values.Find(v => v.Name == "generation").Value : null;
        var at = DateTimeOffset.FromUnixTimeMilliseconds((long)values.Find(v => v.Name == "now").Value!);
        lock (gate)
        {
            deeds.Add(new(round, known.Deed, of, at, generation));
        }
    }

    /// <returns>False: it is known already (of two who said "not me" the second is led to the visit that the first began).</returns>
    public bool Visit(string id)
    {
        lock (gate)
        {
            if (visits.Contains(id))
            {
                return false;
            }

            visits.Add(id);
            return true;
        }
    }

    public void Reported(string visit, string subject)
    {
        lock (gate)
        {
            reports.Add((visit, subject));
        }
    }

    public void Code(string code)
    {
        lock (gate)
        {
            codes.Add(code);
        }
    }

    public void Tokens(IssuedTokens tokens)
    {
        lock (gate)
        {
            issued.Add(tokens);
        }
    }
}
