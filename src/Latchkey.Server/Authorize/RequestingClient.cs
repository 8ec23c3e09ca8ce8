using Latchkey.Server.ClientMetadata;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;

namespace Latchkey.Server.Authorize;

/// <summary>Finds the client of an authorization request. A metadata document is fetched only if the resource accepts its host.</summary>
internal sealed class RequestingClient(ClientCache clients, ClientMetadataResolver documents, ConfigurationCache configuration)
{
    public async Task<DocumentLookup> FindAsync(
        HttpContext http, AuthorizationId id, RequestParameters request, Issuer entry, CancellationToken cancellationToken)
    {
        if (ClientId.Parse(request["client_id"]) is not { } clientId)
        {
            return new DocumentLookup.Refused(AuthorizeErrors.UnknownClient);
        }

        if (clientId.DocumentUrl is not { } url)
        {
            return await clients.FindAsync(clientId, cancellationToken) switch
            {
                null => new DocumentLookup.Refused(AuthorizeErrors.UnknownClient),
                { IsEnabled: false } => new DocumentLookup.Refused(AuthorizeErrors.BlockedClient),
                var client => new DocumentLookup.Found(client),
            };
        }

        var resource = AuthorizeChecks.ResourceOf(request, entry, home: null, configuration.Current);
        return AuthorizeChecks.FetchError(resource, url, configuration.Current) is { } refusal
            ? new DocumentLookup.Refused(refusal)
            : await documents.FindAsync(http, id, clientId, cancellationToken);
    }
}
