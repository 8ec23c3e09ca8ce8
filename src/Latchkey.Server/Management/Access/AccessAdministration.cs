using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Grants;
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

    public async Task<Problem?> EndGrantAsync(Actor actor, string grant, CancellationToken cancellationToken)
    {
        if (GrantId.Parse(grant) is not { } id || await grants.FindAsync(id, cancellationToken) is not { } found)
        {
            return Problem.NotFound("grant", grant);
        }

        // Ending a grant that has already ended succeeds.
        if (await list.EndAsync(found.Grant, actor, clock.GetUtcNow(), cancellationToken))
        {
            signIns.GrantRevoked(
                found.Grant.AuthorizationId, RenewCauses.EndedByOperator, [Fact.Seen("grant_id", id.Value)], actor);
            ChangeLog.Changed(logger, actor, "revoked grant", id.Value);
        }

        return null;
    }
}
