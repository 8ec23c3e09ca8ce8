using System.Text;
using Latchkey.Server.Network;
using Latchkey.Server.Supervision;

namespace Latchkey.Server.SignIns;

/// <summary>
/// Queues events and writes them in the background, so that requests do not wait for the sign-in log. Refused requests without a known
/// authorization have a queue of their own and are counted when they flood (<see cref="RefusalFloods"/>), so they cannot displace the
/// events of sign-ins, which show an attack on them.
/// </summary>
internal sealed class SignInRecorder : BackgroundService
{
    private const int MaxDetailLength = 1_000;
    private static readonly TimeSpan BetweenCounts = TimeSpan.FromSeconds(15);

    private readonly ClientAddress address;
    private readonly TimeProvider clock;
    private readonly Supervisor supervisor;
    private readonly SignInQueue ofSignIns;
    private readonly SignInQueue ofRefusals;
    private readonly RefusalFloods floods;

    public SignInRecorder(
        SignInStore store, ClientAddress address, Settings settings, Supervisor supervisor, TimeProvider clock,
        ILogger<SignInRecorder> logger)
    {
        (this.address, this.supervisor, this.clock) = (address, supervisor, clock);
        (ofSignIns, ofRefusals) = (new SignInQueue(store, logger), new SignInQueue(store, logger));
        floods = new(settings, clock);
    }

    public void Record(AuthorizationId authRequest, LoginRequestId? loginRequest, string name, string detail) =>
        ofSignIns.Add(new(authRequest, loginRequest, clock.GetUtcNow(), name, Storable(detail)));

    /// <summary>
    /// Records a refusal that changed nothing, which a caller can therefore cause any number of times, or counts it in a flood.
    /// </summary>
    /// <param name="id">The authorization of the event, unless it is part of a flood.</param>
    /// <param name="kind">
    /// What counts as one flood. Null: every refusal of this name. A web page can cause some kinds of refusals of its visitors, and must
    /// not use up the allowance of the others.
    /// </param>
    /// <param name="isAttack">
    /// Whether the refusal shows an attack on the sign-in of <paramref name="loginRequest"/>. The first one is recorded there in any case.
    /// </param>
    /// <returns>The authorization where the event is found.</returns>
    public AuthorizationId Refused(
        HttpContext http, AuthorizationId id, LoginRequestId? loginRequest, string name, string detail, string? kind = null,
        bool isAttack = false)
    {
        if (floods.Take(address.Of(http), kind ?? name) is { } shortage
            && !(isAttack && loginRequest is { } attacked && floods.IsFirstOf(attacked, name)))
        {
            CountOrRecord(http, shortage.Refusal, shortage.IsFirst, name, $"{detail} Further refusals like this are counted together.");
            return shortage.Refusal;
        }

        (loginRequest is null ? ofRefusals : ofSignIns).Add(new(id, loginRequest, clock.GetUtcNow(), name, Storable(detail)));
        return id;
    }

    /// <summary>Records the first request beyond a rate limit, and counts the further ones.</summary>
    /// <returns>The authorization where the event is found.</returns>
    public AuthorizationId RateLimited(HttpContext http, RateLimitExceeded exceeded, string name)
    {
        CountOrRecord(
            http, exceeded.AuthorizationId, exceeded.IsFirst, name,
            $"too_many_requests: the network of {address.Of(http)} exceeded a rate limit. Further refusals are counted together.");
        return exceeded.AuthorizationId;
    }

    /// <summary>Waits until everything recorded before this call is stored.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        AddFloods(all: false);
        await ofSignIns.FlushAsync(cancellationToken);
        await ofRefusals.FlushAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // A stopping server still writes the queued events.
        AddFloods(all: true);
        ofSignIns.Complete();
        ofRefusals.Complete();
        if (ExecuteTask is { } running)
        {
            await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ended = new CancellationTokenSource();
        var counting = supervisor.RunAsync("counting of refusals", CountAsync, ended.Token);

        // The queues are written to their end while the server stops.
        await Task.WhenAll(
            supervisor.RunAsync("sign-in log", _ => ofSignIns.RunAsync(), CancellationToken.None),
            supervisor.RunAsync("sign-in log of refusals", _ => ofRefusals.RunAsync(), CancellationToken.None));
        await ended.CancelAsync();
        await counting;
    }

    private async Task CountAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(BetweenCounts, clock, stop);
            AddFloods(all: false);
        }
    }

    private void CountOrRecord(HttpContext http, AuthorizationId id, bool isFirst, string name, string detail)
    {
        if (isFirst)
        {
            ofRefusals.Add(new(id, null, clock.GetUtcNow(), name, Storable(detail)));
        }
        else
        {
            floods.Count(id, address.Of(http), name);
        }
    }

    private void AddFloods(bool all)
    {
        foreach (var counted in floods.TakeEvents(all))
        {
            ofSignIns.Add(counted);
        }
    }

    /// <summary>PostgreSQL does not store NUL characters or lone surrogates.</summary>
    private static string Storable(string detail)
    {
        var end = detail.Length <= MaxDetailLength ? detail.Length
            : char.IsHighSurrogate(detail[MaxDetailLength - 1]) ? MaxDetailLength - 1
            : MaxDetailLength;
        var kept = detail[..end];
        return kept.Any(c => c == '\0' || char.IsSurrogate(c))
            ? string.Concat(kept.EnumerateRunes().Select(rune => rune.Value == 0 ? Rune.ReplacementChar : rune))
            : kept;
    }
}
