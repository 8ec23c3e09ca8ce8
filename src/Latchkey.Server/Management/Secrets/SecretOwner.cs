using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;
using Latchkey.Server.Management.Clients;
using Latchkey.Server.Management.Organizations;

namespace Latchkey.Server.Management.Secrets;

/// <summary>The client that owns secrets, as the path names it.</summary>
internal abstract record SecretOwner
{
    private SecretOwner() { }

    public sealed record Api(string Client) : SecretOwner;

    public sealed record OfOrganization(string Organization, string Client) : SecretOwner;

    public sealed record OfResource(string Resource, string Client) : SecretOwner;
}

/// <summary>A client and its secrets, as they were read.</summary>
/// <param name="Revision">The revision of the client; secrets are a part of it.</param>
/// <param name="KeepAsync">Replaces the secrets, unless the client was changed since.</param>
/// <param name="WhyNone">The error for a client that cannot have secrets from an operator. Null if it can.</param>
internal sealed record OwnedSecrets(
    string Id, long Revision, IReadOnlyList<ClientSecret> Secrets,
    Func<IReadOnlyList<ClientSecret>, Actor, Task<ConfigurationChange>> KeepAsync, Problem? WhyNone);

/// <summary>Finds the secrets of either kind of client.</summary>
internal sealed class SecretOwners(
    StaticClients ofResources, OrganizationClients ofOrganizations, ClientDirectory directory, ConfigurationStore configurationStore,
    ConfigurationCache configuration, TimeProvider clock)
{
    public static readonly Problem ProvesItselfOtherwise = new(
        409, "client_without_secrets",
        "This client authenticates without a secret. Create another client with token_endpoint_auth_method client_secret_post.");
    private static readonly Problem SignsInstead = new(
        409, "client_without_secrets", "This API client authenticates with its keys (private_key_jwt). Change its jwks to rotate them.");
    private static readonly Problem RegisteredItself = new(
        409, "client_without_secrets",
        "This client registered itself and keeps the secret of its registration. It gets another one by registering again.");

    public async Task<Outcome<OwnedSecrets>> FindAsync(SecretOwner holder, CancellationToken cancellationToken) => holder switch
    {
        SecretOwner.Api api =>
            configuration.Current.FindApiClient(api.Client) is { } found ? Of(found) : Problem.NotFound("API client", api.Client),
        SecretOwner.OfOrganization named => Of(
            await ofOrganizations.LookUpAsync(named.Organization, named.Client, cancellationToken)),
        SecretOwner.OfResource named => Of(await ofResources.LookUpAsync(named.Resource, named.Client, cancellationToken)),
    };

    private Outcome<OwnedSecrets> Of(Outcome<Client> outcome) => outcome.ProblemOr(out var client) is { } unknown ? unknown : Of(client);

    private OwnedSecrets Of(ApiClient client) => new(
        client.Id.Value,
        client.Revision,
        client.Secrets,
        (secrets, by) => configurationStore.UpdateAsync(
            client, client with { Secrets = secrets, UpdatedAt = clock.GetUtcNow() }, by, CancellationToken.None),
        client.Keys is null ? null : SignsInstead);

    private OwnedSecrets Of(Client client) => new(
        client.Id.Value,
        client.Revision,
        client.Secrets,
        (secrets, by) =>
            directory.UpdateAsync(client, client with { Secrets = secrets, UpdatedAt = clock.GetUtcNow() }, by, CancellationToken.None),
        client.Origin != ClientOrigin.Operator ? RegisteredItself : client.Class != ClientClass.Secret ? ProvesItselfOtherwise : null);
}
