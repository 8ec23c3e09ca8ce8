using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;
using Latchkey.Server.Fields;
using Latchkey.Server.Management.Clients;

namespace Latchkey.Server.Management.Organizations;

/// <summary>
/// Machine-to-machine clients of the company's customers (<c>client_credentials</c>):
/// 1. the audience of a client has one resource or more; a token is for one of them and contains the organization (<c>org_id</c>,
/// <c>oid</c>) and the operator's claims as <c>custom_claims</c>; 2. tokens have only the scopes listed for the client, none if none are
/// listed, so that a customer's credential does not grow with the resource; 3. the id of an organization is chosen by the company;
/// Latchkey stores no list of them.
/// </summary>
internal sealed class OrganizationClients(
    StaticClients clients, ClientStore store, ConfigurationCache configuration, TimeProvider clock)
{
    /// <summary>The kind of these clients in the log.</summary>
    private const string Kind = "organization client";

    /// <summary>As for <c>organization_external_id</c> of reports.</summary>
    private const int MaxOrganizationLength = 512;

    /// <summary>Rejects ids of Latchkey: the caller confused them with the id of an organization.</summary>
    public static Problem? ValidateOrganization(string organization) =>
        organization.Length is 0 or > MaxOrganizationLength || organization.Any(char.IsControl) || string.IsNullOrWhiteSpace(organization)
        || Ids.KindOf(organization) is not null
            ? Problem.NotFound("organization", organization)
            : null;

    public async Task<Outcome<ShownClient>> CreateAsync(
        Actor actor, string organization, JsonBody body, CancellationToken cancellationToken)
    {
        if (ValidateOrganization(organization) is { } nowhere)
        {
            return nowhere;
        }

        var now = clock.GetUtcNow();
        var secret = Secret.New(Secret.ClientSecretPrefix);
        var resources = configuration.Current.Resources;
        var blank = ClientFields.OfOrganization.Blank with
        {
            Id = ClientId.New(),
            OrganizationId = organization,
            GrantTypes = GrantType.OfStaticClient(hasRedirectUris: false, isPublic: false),
            Secrets = [ClientSecret.Of(secret, now)],
            Audience = resources is [var only] ? [only.Id] : [],
            CreatedAt = now,
        };
        var client = Read(body, blank, FieldUse.Create, now);
        return body.Validate() is { } problem ? problem : await clients.InsertAsync(actor, client, secret, Kind, cancellationToken);
    }

    public async Task<Outcome<(int Total, Page<ShownClient> Page)>> ListAsync(
        string organization, RowPage page, CancellationToken cancellationToken) =>
        ValidateOrganization(organization) is { } nowhere
            ? nowhere
            : await clients.ListAsync(resource: null, organization, page, cancellationToken);

    public async Task<Outcome<ShownClient>> FindAsync(string organization, string client, CancellationToken cancellationToken) =>
        (await LookUpAsync(organization, client, cancellationToken)).ProblemOr(out var found) is { } unknown
            ? unknown
            : (await clients.ShowAsync([found], cancellationToken))[0];

    public async Task<Outcome<ShownClient>> ChangeAsync(
        Actor actor, string organization, string client, JsonBody body, IfMatch expected, CancellationToken cancellationToken)
    {
        if ((await LookUpAsync(organization, client, cancellationToken)).ProblemOr(out var found) is { } unknown)
        {
            return unknown;
        }

        var changed = Read(body, found, FieldUse.Change, clock.GetUtcNow());
        return (body.Validate() ?? expected.Validate(found.Revision)) is { } problem
            ? problem
            : await clients.UpdateAsync(actor, found, changed, Kind, cancellationToken);
    }

    public async Task<Problem?> DeleteAsync(
        Actor actor, string organization, string client, IfMatch expected, CancellationToken cancellationToken) =>
        (await LookUpAsync(organization, client, cancellationToken)).ProblemOr(out var found)
        ?? await clients.DeleteAsync(actor, found, expected, Kind, cancellationToken);

    private Client Read(JsonBody body, Client client, FieldUse use, DateTimeOffset now)
    {
        var context = new ClientContext(configuration.Current.Resources, SecretUses.None);
        var read = ClientFields.OfOrganization.Read(body, client, use, context) with { UpdatedAt = now };
        if (read.Audience is null or [])
        {
            body.Wrong("audience", ClientFields.NeedsAudience);
        }

        var audience = context.Resources.Where(r => read.Audience?.Contains(r.Id) == true).ToList();
        if (body.Has("scopes")
            && Scope.Parse(read.ScopeCap).FirstOrDefault(s => !audience.Exists(r => r.GrantableScope.Contains(s))) is { } unknown)
        {
            body.Wrong("scopes", $"contains {OAuthError.Printable(unknown)}, which is not a scope of a resource in audience");
        }

        return read;
    }

    public async Task<Outcome<Client>> LookUpAsync(string organization, string client, CancellationToken cancellationToken) =>
        ValidateOrganization(organization) ?? (ClientId.Parse(client) is { } id && await store.FindAsync(id, cancellationToken) is { } found
            && found.OrganizationId == organization
                ? found
                : (Outcome<Client>)Problem.NotFound("client", client));
}
