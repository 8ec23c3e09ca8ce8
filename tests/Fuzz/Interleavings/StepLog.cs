using Latchkey.Server.Storage;
using Latchkey.Server.Token;

namespace Fuzz.Interleavings;

/// <summary>The effect of a step on the database.</summary>
internal enum StepEffect
{
    Reported,
    Allowed,
    Denied,
    StartedOver,
    Burnt,
    Exchanged,
    Rotated,

    /// <summary>A confidential client refreshed; its refresh token is not rotated.</summary>
    Touched,

    /// <summary>A past token got the current one after the reuse window.</summary>
    AnsweredAgain,
    GrantEnded,
    UserRevoked,
}

/// <param name="Round">The round of the schedule, see <see cref="Schedule.Round"/>.</param>
/// <param name="Of">The row: a login request, a grant or a user.</param>
/// <param name="At">The time by the clock of the acting node.</param>
/// <param name="Generation">The generation of the rotated refresh token.</param>
internal sealed record AppliedStep(int Round, StepEffect StepEffect, string Of, DateTimeOffset At, long? Generation);

/// <param name="Begun">The round in which the request arrived. Its first step is in a later round.</param>
internal sealed record IssuedTokens(int Begun, string? Code, TokenResponse Response);

/// <summary>The log of one schedule: the steps that took effect and the responses that the actors got.</summary>
internal sealed class StepLog
{
    /// <summary>The SQL texts by which the steps are recognized.</summary>
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
        ("UPDATE grants SET answered_again", StepEffect.AnsweredAgain, "id"),
        ("UPDATE grants SET ended_at = @now, ended_reason = @reason WHERE id = @id", StepEffect.GrantEnded, "id"),
        ("UPDATE users SET revoked_at", StepEffect.UserRevoked, "subject"),
    ];

    private readonly Lock gate = new();
    private readonly List<AppliedStep> steps = [];
    private readonly List<IssuedTokens> issued = [];
    private readonly HashSet<string> codes = new(StringComparer.Ordinal);
    private readonly HashSet<(string Details, string Subject)> reports = [];
    private readonly List<string> visits = [];

    public IReadOnlyList<AppliedStep> Steps => steps;

    public IReadOnlyList<IssuedTokens> Issued => issued;

    /// <summary>Every code that a browser was redirected with.</summary>
    public IReadOnlyCollection<string> Codes => codes;

    /// <summary>The reports that were accepted.</summary>
    public IReadOnlyCollection<(string Details, string Subject)> Reports => reports;

    /// <summary>Every login request, the first one first.</summary>
    public IReadOnlyList<string> Visits => visits;

    public void Wrote<T>(int round, string sql, SqlValues values, T answer)
    {
        if (answer is null or false
            || Array.Find(Known, k => sql.Contains(k.Text, StringComparison.Ordinal)) is not { Text: not null } known)
        {
            return;
        }

        var of = (string)values.Find(v => v.Name == known.Key).Value!;
        var generation = known.StepEffect is StepEffect.Rotated or StepEffect.AnsweredAgain
            ? (long?)values.Find(v => v.Name == "generation").Value
            : null;
        var at = DateTimeOffset.FromUnixTimeMilliseconds((long)values.Find(v => v.Name == "now").Value!);
        lock (gate)
        {
            steps.Add(new(round, known.StepEffect, of, at, generation));
        }
    }

    /// <returns>False if it is known already (the second of two "not you" decisions leads to the login request that
    /// the first one began).</returns>
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

    public void Reported(string details, string subject)
    {
        lock (gate)
        {
            reports.Add((details, subject));
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
