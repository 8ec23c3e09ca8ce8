using Latchkey.Server.Network;
using Latchkey.Server.Storage;
using Latchkey.Server.Supervision;

namespace Latchkey.Server.SignIns;

/// <summary>
/// Queues events and writes them in the background, so that requests do not wait for the sign-in log. Refused requests without a known
/// authorization have a queue of their own and are counted when they flood (<see cref="RefusalFloods"/>), so they cannot displace the
/// events of sign-ins, which show an attack on them.
/// </summary>
internal sealed class SignInRecorder : BackgroundService
{
    private static readonly TimeSpan BetweenCounts = TimeSpan.FromSeconds(15);

    private readonly ClientAddress address;
    private readonly TimeProvider clock;
    private readonly Supervisor supervisor;
    private readonly SignInQueue ofSignIns;
    private readonly SignInQueue ofRefusals;
    private readonly RefusalFloods floods;
    private readonly RecordedAddresses addresses;
    private readonly UnattributedEvents unattributed;

    public SignInRecorder(
        SignInStore store, UnattributedEvents unattributed, SignInLosses losses, ClientAddress address, Settings settings,
        Supervisor supervisor, TimeProvider clock, ILogger<SignInRecorder> logger)
    {
        (this.unattributed, this.supervisor) = (unattributed, supervisor);
        (this.address, this.clock, addresses) = (address, clock, settings.SignInAddresses);
        (ofSignIns, ofRefusals) = (new SignInQueue(store, losses, logger), new SignInQueue(store, losses, logger));
        floods = new(settings, clock);
    }

    /// <summary>The events that wait to be written.</summary>
    public int Waiting => ofSignIns.Waiting + ofRefusals.Waiting;

    /// <param name="facts">Never a code, token, verifier, secret, cookie or <c>state</c>.</param>
    /// <param name="change">What the event changes in the summary of the sign-in.</param>
    /// <param name="actor">Null for the browser.</param>
    public void Record(
        AuthorizationId id, LoginRequestId? loginRequest, string name, IReadOnlyList<Fact> facts, SignInChange? change = null,
        string? actor = null)
    {
        SignInTrace.Attach(id);
        ofSignIns.Add(
            new(id, loginRequest, clock.GetUtcNow(), name, RecordedFacts.Of(facts, addresses)) { Change = change, Actor = actor });
    }

    /// <summary>
    /// Records a refusal that a caller cannot repeat at will: it ends the step, or the caller is known, or its attempts are limited.
    /// </summary>
    /// <param name="change">
    /// The outcome, when the refusal decides it. Otherwise the cause is kept, and counts when the time of the sign-in runs out.
    /// </param>
    public void RecordRefusal(
        AuthorizationId id, LoginRequestId? loginRequest, string name, Cause cause, IReadOnlyList<Fact> facts, SignInChange? change = null,
        string? actor = null) =>
        Add(ofSignIns, NewRefusal(id, loginRequest, name, cause, facts, change) with { Actor = actor });

    /// <summary>
    /// Records a refusal that changed nothing, which a caller can therefore cause any number of times, or counts it in a flood. It ends a
    /// sign-in that has no login request.
    /// </summary>
    /// <param name="id">The authorization of the event, unless it is part of a flood.</param>
    /// <param name="about">What is known of the request: client, redirect URI, resource.</param>
    /// <param name="kind">
    /// What counts as one flood. Null: every refusal with this event and cause. A web page can cause some kinds of refusals of its
    /// visitors, and must not use up the allowance of the others.
    /// </param>
    /// <param name="isAttack">
    /// Whether the refusal shows an attack on the sign-in of <paramref name="loginRequest"/>. The first one is recorded there in any case.
    /// </param>
    /// <returns>The authorization where the event is found.</returns>
    public AuthorizationId Refused(
        HttpContext http, AuthorizationId id, LoginRequestId? loginRequest, string name, Cause cause, IReadOnlyList<Fact> facts,
        SignInChange? about = null, string? kind = null, bool isAttack = false)
    {
        var change = About(http, about) with
        {
            Outcome = about?.Outcome ?? (loginRequest is null ? SignInOutcome.Stopped : null)
        };
        return Refused(http, NewRefusal(id, loginRequest, name, cause, facts, change), kind ?? $"{name} {cause.Code}", isAttack);
    }

    /// <summary>
    /// Records a refusal that belongs to no sign-in: metadata of an unknown server, a preflight, a registration, an unknown code. Equal
    /// ones of a network and minute are counted.
    /// </summary>
    /// <returns>The reference with which it is found, and whether it is the first one that has it.</returns>
    public (string Reference, bool IsFirst) Unattributed(HttpContext http, Cause cause, IReadOnlyList<Fact> facts)
    {
        SignInCounts.Refused(cause, family: null);
        return unattributed.Add(address.Of(http), cause, facts);
    }

    /// <summary>Records an event that refuses nothing and that a caller can cause any number of times, or counts it in a flood.</summary>
    public void RecordRepeatable(
        HttpContext http, AuthorizationId id, LoginRequestId? loginRequest, string name, IReadOnlyList<Fact> facts) =>
        Refused(http, new(id, loginRequest, clock.GetUtcNow(), name, RecordedFacts.Of(facts, addresses)) { Change = About(http) }, name);

    /// <summary>Records that the time of a sign-in has run out. Its summary is already closed.</summary>
    public void RecordEnd(EndedSignIn ended)
    {
        if (ended.IsCounted)
        {
            SignInCounts.Ended(ended.Outcome, ended.Cause, ended.Station, ended.Family);
        }

        var facts = RecordedFacts.Of([Fact.Seen("station", ended.Station)], addresses);
        ofSignIns.Add(new(ended.Id, null, clock.GetUtcNow(), SignInCloser.EventName, facts) { CauseCode = ended.Cause });
    }

    /// <summary>Records the end of an access whose sign-in is over, with the cause that its client will meet at the next refresh.</summary>
    public void GrantRevoked(AuthorizationId id, Cause cause, IReadOnlyList<Fact> facts, Actor actor) => Record(
        id, null, "grant.revoked", facts, new() { CauseCode = cause.Code, Station = cause.Station }, actor.ToString());

    /// <summary>Adds network and program of the request to what is known of it.</summary>
    public SignInChange About(HttpContext http, SignInChange? change = null) => (change ?? new()) with
    {
        Network = RecordedAddress.NetworkOf(address.Of(http), addresses),
        Agent = http.Request.Headers.UserAgent is { Count: > 0 } agent ? agent.ToString() : null,
    };

    /// <summary>The address of the caller as a fact.</summary>
    public Fact AddressOf(HttpContext http) => Fact.Seen("address", address.Of(http).ToString());

    /// <summary>Records the first request beyond a rate limit, and counts the further ones.</summary>
    /// <returns>The authorization where the event is found.</returns>
    public AuthorizationId RateLimited(
        HttpContext http, RateLimitExceeded exceeded, string name, Cause cause, IReadOnlyList<Fact> facts, SignInChange? about)
    {
        var happened = NewRefusal(
            exceeded.AuthorizationId, null, name, cause, [.. facts, Fact.Seen(FactNames.Network, address.Of(http).ToString())],
            About(http, about) with { Outcome = SignInOutcome.Stopped });
        CountOrRecord(http, happened, exceeded.IsFirst);
        return exceeded.AuthorizationId;
    }

    /// <summary>Waits until everything recorded before this call is stored.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        // The count of a flood stands behind its first refusal.
        await ofRefusals.FlushAsync(cancellationToken);
        AddFloods(all: false);
        await ofSignIns.FlushAsync(cancellationToken);
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
        await StoreUnattributedAsync();
    }

    private async Task CountAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(BetweenCounts, clock, stop);
            AddFloods(all: false);
        }
    }

    private SignInEvent NewRefusal(
        AuthorizationId id, LoginRequestId? loginRequest, string name, Cause cause, IReadOnlyList<Fact> facts, SignInChange? change)
    {
        SignInTrace.Attach(id);
        SignInCounts.Refused(cause, change?.Family);
        return new(id, loginRequest, clock.GetUtcNow(), name, RecordedFacts.Of(facts, addresses))
        {
            CauseCode = cause.Code,
            Change = (change ?? new()) with { CauseCode = cause.Code, Station = cause.Station },
        };
    }

    private AuthorizationId Refused(HttpContext http, SignInEvent happened, string kind, bool isAttack = false)
    {
        if (floods.Take(address.Of(http), kind) is { } shortage
            && !(isAttack && happened.LoginRequestId is { } attacked && floods.IsFirstOf(attacked, happened.Name)))
        {
            var first = happened with
            {
                AuthorizationId = shortage.Refusal,
                LoginRequestId = null,
                Change = happened.Change! with { Outcome = SignInOutcome.Stopped },
            };
            CountOrRecord(http, first, shortage.IsFirst);
            return shortage.Refusal;
        }

        Add(happened.LoginRequestId is null ? ofRefusals : ofSignIns, happened);
        return happened.AuthorizationId;
    }

    /// <summary>Queues a refusal, which may be the end of its sign-in.</summary>
    private static void Add(SignInQueue queue, SignInEvent happened)
    {
        if (happened
            is { CauseCode: { } cause, Change: { Outcome: SignInOutcome.Stopped or SignInOutcome.Declined, Purpose: null } change })
        {
            SignInCounts.Ended(StoredNames.Of(change.Outcome.Value), cause, StoredNames.Of(change.Station!.Value), change.Family);
        }

        queue.Add(happened);
    }

    private void CountOrRecord(HttpContext http, SignInEvent happened, bool isFirst)
    {
        if (isFirst)
        {
            Add(ofRefusals, happened);
        }
        else
        {
            floods.Count(happened.AuthorizationId, address.Of(http), happened.Name);
        }
    }

    private async Task StoreUnattributedAsync()
    {
        try
        {
            await unattributed.StoreAsync(CancellationToken.None);
        }
        catch (StorageUnavailable)
        {
            // Counted as lost.
        }
    }

    private void AddFloods(bool all)
    {
        foreach (var counted in floods.TakeEvents(all))
        {
            ofSignIns.Add(counted);
        }
    }

}
