using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Grants;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Management.Access;

/// <summary>
/// Lists and revokes consents and grants, for operators. As soon as a revocation is answered, refresh tokens are refused and introspection
/// reports access tokens as inactive, on every node. Called by REST and gRPC.
/// </summary>
internal sealed class AccessAdministration(
    ConsentList consents, GrantList list, GrantStore grants, ClientCache clients, SignInRecorder signIns, TimeProvider clock,
    ILogger<ConfigurationStore> logger)
{
    public async Task<ConsentListResponse> ConsentsAsync(AccessFilter filter, RowPage page, CancellationToken cancellationToken)
    {
        var (total, rows) = await consents.ListAsync(filter, page.After, page.Limit, cancellationToken);
        var shown = page.Of(rows, c => new(c.GrantedAt, c.Id.Value));
        var bodies = new List<ConsentBody>();
        foreach (var consent in shown.Items)
        {
            bodies.Add(new(consent, (await clients.FindAsync(consent.ClientId, cancellationToken))?.Name));
        }

        return new(total, shown.NextToken, bodies);
    }

    public async Task<GrantListResponse> GrantsAsync(
        AccessFilter filter, bool? areLive, RowPage page, CancellationToken cancellationToken)
    {
        var (total, rows) = await list.FindAsync(filter, areLive, clock.GetUtcNow(), page.After, page.Limit, cancellationToken);
        var shown = page.Of(rows, g => new(g.Grant.CreatedAt, g.Grant.Id.Value));
        var bodies = new List<GrantBody>();
        foreach (var grant in shown.Items)
        {
            bodies.Add(GrantBody.Of(grant, (await clients.FindAsync(grant.Grant.ClientId, cancellationToken))?.Name));
        }

        return new(total, shown.NextToken, bodies);
    }

    /// <summary>Revokes a consent, and with it every grant of the user for the client at the resource.</summary>
    public async Task<Problem?> RevokeConsentAsync(Actor actor, string client, string consent, CancellationToken cancellationToken)
    {
        if (ClientId.Parse(client) is not { } clientId)
        {
            return Problem.NotFound("client", client);
        }

        if (ConsentId.Parse(consent) is not { } id
            || await consents.FindAsync(id, cancellationToken) is not { } found
            || found.ClientId != clientId
            || await consents.RevokeAsync(found, actor, clock.GetUtcNow(), cancellationToken) is not { } ended)
        {
            return Problem.NotFound("consent", consent);
        }

        foreach (var grant in ended)
        {
            signIns.GrantRevoked(
                grant.AuthorizationId, RenewCauses.ConsentRevoked,
                [Fact.Seen("consent_id", id.Value), Fact.Seen("grant_id", grant.Id.Value)], actor);
        }

        ChangeLog.Changed(logger, actor, $"revoked ({ended.Count} grants ended) consent", id.Value);
        return null;
    }

    /// <summary>Forgets that the user did not want to be asked again. Forgetting a consent that is not remembered succeeds.</summary>
    public async Task<Problem?> ForgetConsentAsync(Actor actor, string client, string consent, CancellationToken cancellationToken)
    {
        if (ClientId.Parse(client) is not { } clientId)
        {
            return Problem.NotFound("client", client);
        }

        if (ConsentId.Parse(consent) is not { } id
            || await consents.FindAsync(id, cancellationToken) is not { } found
            || found.ClientId != clientId)
        {
            return Problem.NotFound("consent", consent);
        }

        if (await consents.ForgetAsync(found, actor, cancellationToken))
        {
            ChangeLog.Changed(logger, actor, "forgot the remembered consent", id.Value);
        }

        return null;
    }

    /// <summary>Ends a grant. Ending a grant that has already ended succeeds.</summary>
    public async Task<Problem?> EndGrantAsync(Actor actor, string grant, CancellationToken cancellationToken)
    {
        if (GrantId.Parse(grant) is not { } id || await grants.FindAsync(id, cancellationToken) is not { } found)
        {
            return Problem.NotFound("grant", grant);
        }

        var cause = actor is Actor.Person ? RenewCauses.EndedByPerson : RenewCauses.EndedByOperator;
        await EndAsync(actor, found.Grant, cause, cancellationToken);
        return null;
    }

    /// <summary>Ends a grant that its person does not know, and records that as suspicious.</summary>
    public async Task<Problem?> ReportGrantAsync(Actor.Person person, Grant grant, CancellationToken cancellationToken)
    {
        await EndAsync(person, grant, RenewCauses.ReportedByPerson, cancellationToken);
        signIns.Record(
            grant.AuthorizationId, null, "grant.suspicious",
            [Fact.Seen("grant_id", grant.Id.Value), Fact.Seen("client_id", grant.ClientId.Value)], change: null, person.ToString());
        return null;
    }

    /// <summary>Ends every grant of a person at a connection, by the person.</summary>
    public async Task EndGrantsOfPersonAsync(Actor.Person person, ConnectionId connection, CancellationToken cancellationToken)
    {
        foreach (var ended in await list.EndAllAsync(connection, person, clock.GetUtcNow(), cancellationToken))
        {
            signIns.GrantRevoked(
                ended.AuthorizationId, RenewCauses.EndedByPerson, [Fact.Seen("grant_id", ended.Id.Value)], person);
        }
    }

    /// <summary>
    /// Takes scopes away from a live grant. <c>offline_access</c> stays, because it is no scope of the resource: to end lasting access, end
    /// the grant.
    /// </summary>
    /// <param name="left">What the grant keeps.</param>
    public async Task<Problem?> NarrowGrantAsync(Actor actor, string grant, Scope left, CancellationToken cancellationToken)
    {
        if (GrantId.Parse(grant) is not { } id || await grants.FindAsync(id, cancellationToken) is not { } found)
        {
            return Problem.NotFound("grant", grant);
        }

        var had = found.Grant.Scope;
        if (!found.IsLive)
        {
            return GrantEnded;
        }

        if (!left.IsWithin(had) || left.Where(scope => scope != Scope.OfflineAccess).Count == 0)
        {
            return Problem.Invalid("scopes", $"must be some of the grant's scopes ({had}); to take away all, end the grant");
        }

        var kept = had.Where(scope => scope == Scope.OfflineAccess || left.Contains(scope));
        if (kept.Count == had.Count)
        {
            return null;
        }

        if (!await list.NarrowAsync(
            found.Grant, kept, ClaimsOf(found.Grant, kept), actor, clock.GetUtcNow(), cancellationToken))
        {
            return Problem.Overtaken;
        }

        signIns.Record(
            found.Grant.AuthorizationId, null, "grant.narrowed",
            [Fact.Seen("grant_id", id.Value), Fact.Seen("scope", kept.ToString())], change: null, actor.ToString());
        ChangeLog.Changed(logger, actor, "narrowed grant", id.Value);
        return null;
    }

    /// <summary>The grant cannot be narrowed any more.</summary>
    public static readonly Problem GrantEnded = new(409, "grant_ended", "The grant has ended, so there is nothing to narrow.");

    /// <summary>A claim that depends on a scope goes with it, as on the consent page.</summary>
    private static List<TokenClaim> ClaimsOf(Grant grant, Scope kept) =>
    [
        .. grant.Claims.Where(claim => claim switch
        {
            TokenClaim.Email => !grant.Scope.Contains(Scope.Email) || kept.Contains(Scope.Email),
            TokenClaim.Name => !grant.Scope.Contains(Scope.Profile) || kept.Contains(Scope.Profile),
            _ => true,
        }),
    ];

    private async Task EndAsync(Actor actor, Grant grant, Cause cause, CancellationToken cancellationToken)
    {
        if (await list.EndAsync(grant, actor, cause == RenewCauses.ReportedByPerson, clock.GetUtcNow(), cancellationToken))
        {
            signIns.GrantRevoked(grant.AuthorizationId, cause, [Fact.Seen("grant_id", grant.Id.Value)], actor);
            ChangeLog.Changed(logger, actor, "revoked grant", grant.Id.Value);
        }
    }
}
