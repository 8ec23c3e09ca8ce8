using Latchkey.Server;
using Latchkey.Server.Connections;
using Latchkey.Server.Grants;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Network;
using Latchkey.Server.OAuth;
using Latchkey.Server.Revocation;
using Latchkey.Server.Token;

namespace Fuzz.Interleavings;

/// <summary>The invariants that must hold after a schedule, in whatever order its steps ran.</summary>
internal sealed class Invariants(ServerUnderTest server, Schedule schedule, Actors actors)
{
    private readonly StepLog log = schedule.StepLog;

    /// <returns>The violated invariants, one sentence each.</returns>
    public async Task<IReadOnlyList<string>> CheckAsync()
    {
        var visits = await VisitsAsync();
        var grants = await GrantsAsync();
        List<string> wrong =
        [
            .. schedule.Failures.Select(failure => $"an actor failed: {failure}"),
            .. Uniqueness(grants),
            .. StepOrder(),
            .. EndReasons(visits, grants),
            .. NoStepAfterTheEnd(grants),
        ];
        foreach (var grant in grants)
        {
            wrong.AddRange(await CheckTokensAsync(grant));
        }

        return wrong;
    }

    /// <summary>One user per login request, one code per authorization, one redemption per code, one successor per refresh token.</summary>
    private IEnumerable<string> Uniqueness(List<GrantAndUser> grants)
    {
        foreach (var details in Repeated(StepEffect.Reported)
            .Concat(log.Reports.GroupBy(r => r.Details, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key)))
        {
            yield return $"{details} was reported twice: {string.Join(" and ", log.Reports)}";
        }

        if (log.Codes.Count > 1 || log.Steps.Count(d => d.StepEffect == StepEffect.Allowed) > 1)
        {
            yield return $"one auth request had {log.Steps.Count(d => d.StepEffect == StepEffect.Allowed)} codes, "
                + $"of which {log.Codes.Count} were sent away";
        }

        if (grants.Count > 1 || log.Issued.Count(i => i.Code is not null) > 1)
        {
            yield return $"one code became {grants.Count} grants, and {log.Issued.Count(i => i.Code is not null)} "
                + "redemptions were answered with tokens";
        }

        foreach (var rotated in log.Steps.Where(d => d.StepEffect == StepEffect.Rotated).GroupBy(d => (d.Of, d.Generation))
            .Where(g => g.Count() > 1))
        {
            yield return $"the refresh token {rotated.Key.Generation} of {rotated.Key.Of} has {rotated.Count()} successors";
        }

        foreach (var again in log.Steps.Where(d => d.StepEffect == StepEffect.AnsweredAgain).GroupBy(d => (d.Of, d.Generation))
            .Where(g => g.Count() > 1))
        {
            yield return $"the refresh token before {again.Key.Generation} of {again.Key.Of} got it {again.Count()} times after the window";
        }

        foreach (var grant in grants.Select(g => g.Grant))
        {
            var rotations = log.Steps.Count(d => d.StepEffect == StepEffect.Rotated);
            var tokens = log.Issued.Select(i => i.Response.RefreshToken).Distinct(StringComparer.Ordinal).Count();
            if (grant.Generation != rotations || tokens > rotations + 1)
            {
                yield return $"generation {grant.Generation} after {rotations} rotations, with {tokens} refresh tokens given out";
            }
        }
    }

    private IEnumerable<string> StepOrder()
    {
        foreach (var (deed, needed) in new[] { (StepEffect.Allowed, StepEffect.Reported), (StepEffect.Exchanged, StepEffect.Allowed) })
        {
            foreach (var early in log.Steps.Where(
                d => d.StepEffect == deed && !log.Steps.Any(n => n.StepEffect == needed && n.Of == d.Of && n.Round < d.Round)))
            {
                yield return $"{early} came before {needed}";
            }
        }
    }

    private static IEnumerable<string> EndReasons(List<LoginRequest> visits, List<GrantAndUser> grants)
    {
        if (visits.Count(v => v is LoginRequest.Exchanged or LoginRequest.Ended { GrantId: not null }) != grants.Count)
        {
            yield return "a grant without a login request, or a login request whose grant is missing";
        }

        foreach (var details in visits.OfType<LoginRequest.Ended>().Where(v => v.GrantId is not null))
        {
            if (details.Reason != EndReason.ForeignBrowser || details.Details.Verification != CallbackVerification.DangerousStateOnly)
            {
                yield return $"a login request that ended with {details.Reason} has a grant";
            }

            if (grants.Exists(g => g.IsLive))
            {
                yield return "a login request was burnt and its grant is live";
            }
        }
    }

    /// <summary>Steps and tokens that came after the login or the grant had ended.</summary>
    private IEnumerable<string> NoStepAfterTheEnd(List<GrantAndUser> grants)
    {
        foreach (var end in log.Steps.Where(d => d.StepEffect is StepEffect.Denied or StepEffect.StartedOver or StepEffect.Burnt))
        {
            foreach (var late in log.Steps.Where(d =>
                d.Of == end.Of && d.Round > end.Round && d.StepEffect is StepEffect.Reported or StepEffect.Allowed or StepEffect.Exchanged))
            {
                yield return $"{late} came after {end}";
            }
        }

        foreach (var found in grants)
        {
            if (log.Steps.Where(d => IsEndOf(found.Grant, d)).MinBy(d => d.Round) is not { } end)
            {
                continue;
            }

            if (found.IsLive)
            {
                yield return $"the grant is live although it was ended: {end}";
            }

            foreach (var late in log.Steps.Where(
                d => d.Round > end.Round && d.StepEffect is StepEffect.Exchanged or StepEffect.Rotated or StepEffect.Touched
                    or StepEffect.AnsweredAgain))
            {
                yield return $"{late} came after {end}";
            }

            foreach (var late in log.Issued.Where(i => i.Begun >= end.Round))
            {
                yield return $"tokens for a request that arrived in round {late.Begun}, after {end}";
            }
        }
    }

    private bool IsEndOf(Grant grant, AppliedStep deed) => deed.StepEffect switch
    {
        StepEffect.GrantEnded => deed.Of == grant.Id.Value,

        // Also if the clock of the revoking actor is behind the clock of the reporting one.
        StepEffect.UserRevoked => deed.Of == grant.Subject
            && log.Steps.Any(d => d.StepEffect == StepEffect.Reported && d.Of == LoginOf(grant) && d.Round < deed.Round),
        StepEffect.Burnt => deed.Of == LoginOf(grant),
        _ => false,
    };

    private string? LoginOf(Grant grant) => log.Steps.FirstOrDefault(d => d.StepEffect == StepEffect.Exchanged)?.Of;

    /// <summary>Code and tokens must be valid exactly as long as the grant, and invalid after the client has revoked it.</summary>
    private async Task<List<string>> CheckTokensAsync(GrantAndUser found)
    {
        var violations = new List<string>();
        var grant = found.Grant;
        var current = server.Part<RefreshTokenFamily>().TokenOf(grant.Id, grant.RefreshKey!, grant.Generation).Value;
        var isUsable = found.IsLive && grant.IdleBy > schedule.Now && grant.AbsoluteBy > schedule.Now;
        if (isUsable && grant.Generation > 0)
        {
            violations.AddRange(await CheckPreviousRefreshTokenAsync(grant, current));
        }

        var next = await RefreshAsync(current);
        if (next is not null != isUsable)
        {
            violations.Add(
                $"the current refresh token was {(next is null ? "refused" : "accepted")}; the grant is {(isUsable ? "live" : "ended")}");
        }

        if (next is not null && await RefreshAsync(current) != next)
        {
            violations.Add("a refresh token that was sent twice did not get the same successor");
        }

        if (next is not null && log.Steps.FirstOrDefault(d => d is { StepEffect: StepEffect.Rotated, Generation: 0 }) is { } rotated)
        {
            violations.AddRange(await CheckFirstRefreshTokenAsync(grant, rotated, next));
        }

        await server.Part<RevokeFlow>().RevokeAsync(actors.Revocation(next ?? current), CancellationToken.None);
        foreach (var code in log.Codes)
        {
            if (await server.Part<AuthorizationCodeGrant>().RedeemAsync(
                actors.Token(actors.Client, Actors.Form(("code", code), ("code_verifier", ServerUnderTest.Verifier))),
                CancellationToken.None) is TokenOutcome.Issued)
            {
                violations.Add("the code was redeemed again afterwards");
            }
        }

        foreach (var token in log.Issued.Select(i => i.Response.RefreshToken!).Append(current).Append(next ?? current)
            .Distinct(StringComparer.Ordinal))
        {
            if (await RefreshAsync(token) is not null)
            {
                violations.Add("a refresh token of an ended grant was accepted");
            }
        }

        foreach (var token in log.Issued.Select(i => i.Response.AccessToken))
        {
            if (await server.Part<LiveTokens>().FindAsync(token, CancellationToken.None) is not null)
            {
                violations.Add("an access token of an ended grant is reported as valid");
            }
        }

        return violations;
    }

    /// <summary>
    /// The token before the current one: in another network and program it gets nothing, and nothing is revoked. Its owner gets the current
    /// token within the reuse window, and later once, because the current token was never used.
    /// </summary>
    private async Task<List<string>> CheckPreviousRefreshTokenAsync(Grant grant, string current)
    {
        var previous = server.Part<RefreshTokenFamily>().TokenOf(grant.Id, grant.RefreshKey!, grant.Generation - 1).Value;
        List<string> violations = [];
        if (await RefreshAsync(previous, Actors.Thief) is not null)
        {
            violations.Add("a copy of the previous refresh token got tokens in another network");
        }

        var isInWindow = schedule.Now - grant.Rotations[^1].At <= server.Part<Settings>().RefreshReuseWindow;
        var isAnswered = isInWindow || grant.AnsweredAgain != grant.Generation - 1;
        foreach (var expected in new[] { isAnswered ? current : null, isInWindow ? current : null })
        {
            if (await RefreshAsync(previous) is var answer && answer != expected)
            {
                violations.Add($"the previous refresh token was {(answer is null ? "refused" : "answered")} "
                    + $"{schedule.Now - grant.Rotations[^1].At} after its rotation (answered again: {grant.AnsweredAgain})");
            }
        }

        return violations;
    }

    /// <summary>Within the reuse window after its rotation the first refresh token gets the current one.
    /// Later its use is a replay and ends the grant, because its successor was used.</summary>
    private async Task<List<string>> CheckFirstRefreshTokenAsync(Grant grant, AppliedStep rotated, string current)
    {
        var isForgiven = schedule.Now - rotated.At <= server.Part<Settings>().RefreshReuseWindow
            && grant.Generation < RefreshTokenFamily.MaxRemembered;
        var answer = await RefreshAsync(server.Part<RefreshTokenFamily>().TokenOf(grant.Id, grant.RefreshKey!, generation: 0).Value);
        var isLive = (await server.Part<GrantStore>().FindAsync(grant.Id, CancellationToken.None))!.IsLive;
        return (answer, isLive) == (isForgiven ? current : null, isForgiven)
            ? []
            : ["the first refresh token was "
                + $"{(answer is null ? "refused" : answer == current ? "exchanged for the current one" : "exchanged for another one")} "
                + $"{schedule.Now - rotated.At} after it was rotated, and the grant {(isLive ? "is live" : "ended")}"];
    }

    private async Task<string?> RefreshAsync(string token, Presenter? by = null) =>
        await server.Part<RefreshTokenGrant>().RefreshAsync(
            actors.Token(actors.Client, Actors.Form(("refresh_token", token))), by ?? Actors.Owner, CancellationToken.None)
                is TokenOutcome.Issued { Response.RefreshToken: var next }
                ? next
                : null;

    private IEnumerable<string> Repeated(StepEffect deed) =>
        log.Steps.Where(d => d.StepEffect == deed).GroupBy(d => d.Of, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key);

    private async Task<List<LoginRequest>> VisitsAsync()
    {
        var visits = new List<LoginRequest>();
        foreach (var id in log.Visits)
        {
            visits.Add(await server.Part<LoginRequestStore>().FindAsync(LoginRequestId.Parse(id)!.Value, CancellationToken.None)
                ?? throw new InvalidOperationException($"{id} is missing"));
        }

        return visits;
    }

    private async Task<List<GrantAndUser>> GrantsAsync()
    {
        var ids = await server.Store.ReadAsync(
            "SELECT id FROM grants WHERE connection_id = @connection AND subject IN (@ada, @bob) ORDER BY created_at, id",
            new() { { "connection", actors.First.ConnectionId.Value }, { "ada", actors.Ada }, { "bob", actors.Bob } },
            static reader =>
            {
                var found = new List<string>();
                while (reader.Read())
                {
                    found.Add(reader.GetString(0));
                }

                return found;
            },
            CancellationToken.None);
        var grants = new List<GrantAndUser>();
        foreach (var id in ids)
        {
            grants.Add((await server.Part<GrantStore>().FindAsync(GrantId.Parse(id)!.Value, CancellationToken.None))!);
        }

        return grants;
    }
}
