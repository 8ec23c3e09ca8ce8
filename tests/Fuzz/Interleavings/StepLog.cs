using Latchkey.Server.Storage;
using Latchkey.Server.Token;

namespace Fuzz.Interleavings;

/// <summary>What a step did to the store, as far as it took effect.</summary>
internal enum StepEffect
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
internal sealed record AppliedStep(int Round, StepEffect StepEffect, string Of, DateTimeOffset At, long? Generation);

/// <param name="Begun">The round in which the request arrived: it took its first step in a later one.</param>
internal sealed record IssuedTokens(int Begun, string? Code, TokenResponse Response);

/// <summary>What happened in one schedule: from the steps that took effect, and from what the actors were told.</summary>
internal sealed class StepLog
{
    /// <summary>Each by what no other text has in front of its conditions.</summary>
    private static readonly (string Text, StepEffect StepEffect, string Key)[] Known =
    [
        ("SET stage = 'awaiting_return'", StepEffect.Reported, "id"),
        ("SET stage = 'awaiting_exchange'", StepEffect.Allowed, "id"),
        ("SET stage = 'ended', reason = @reason, error = @error", StepEffect.Denied, "id"),
        ("SET stage = 'ended', reason = 'NotYou'", StepEffect.StartedOver, "id"),
        ("SET stage = 'ended', reason = @reason, error = NULL", StepEffect.Burnt, "id"),
        ("SET stage = 'exchanged'", StepEffect.Exchanged, "code"),
        ("UPDATE grants SET generation = generation + 1", StepEffect.Rotated, "id"),
        ("UPDATE grants SET used_at = @now", StepEffect.Touched, "id"),
        ("UPDATE grants SET ended_at = @now, ended_reason = @reason WHERE id = @id", StepEffect.GrantEnded, "id"),
        ("UPDATE users SET revoked_at", StepEffect.UserRevoked, "subject"),
    ];

    private readonly Lock gate = new();
    private readonly List<AppliedStep> steps = [];
    private readonly List<IssuedTokens> issued = [];
    private readonly HashSet<string> codes = new(StringComparer.Ordinal);
    private readonly HashSet<(string Visit, string Subject)> reports = [];
    private readonly List<string> visits = [];

    public IReadOnlyList<AppliedStep> Steps => steps;

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
        var generation = known.StepEffect == StepEffect.Rotated ? (long?)values.Find(v => v.Name == "generation").Value : null;
        var at = DateTimeOffset.FromUnixTimeMilliseconds((long)values.Find(v => v.Name == "now").Value!);
        lock (gate)
        {
            steps.Add(new(round, known.StepEffect, of, at, generation));
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
