using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Credentials;
using Latchkey.Server.Grants;
using Latchkey.Server.Management.ApiClients;
using Latchkey.Server.Management.Clients;

namespace Latchkey.Server.Management;

/// <param name="PlainSecret">Shown only once.</param>
/// <param name="ConsentedUsers">The newest 30 consents at its resource, in the response that shows this one client of a resource.</param>
internal sealed record ClientResponse(ClientBody Client, string? PlainSecret, IReadOnlyList<ConsentedUserBody>? ConsentedUsers = null)
{
    public static ClientResponse Of(ShownClient shown) =>
        new(shown.Body, shown.PlainSecret?.Value, shown.Consented?.Select(ConsentedUserBody.Of).ToList());
}

internal sealed record ConsentedUserBody(string ConsentId, string ExternalUserId, IReadOnlyList<string> Scopes)
{
    public static ConsentedUserBody Of(RecordedConsent consent) => new(consent.Id.Value, consent.Subject, [.. consent.Scope]);
}

internal sealed record ClientListResponse(IReadOnlyList<ClientBody> Clients, int TotalDcrClients, int TotalStaticClients)
{
    public static ClientListResponse Of(IReadOnlyList<ShownClient> found)
    {
        var registered = found.Count(c => c.Client.Origin == ClientOrigin.Registered);
        return new([.. found.Select(s => s.Body)], registered, found.Count - registered);
    }
}

/// <param name="Secret">The new secret's description.</param>
internal sealed record SecretResponse(SecretBody Secret, string? PlainSecret);

internal sealed record OAuthClientListResponse(int TotalSize, string NextPageToken, IReadOnlyList<ClientBody> Clients);

internal sealed record ApiClientResponse(ApiClientBody Client, string? PlainSecret)
{
    public static IResult Of(Outcome<ShownApiClient> outcome) => JsonResponses.Of(outcome, shown =>
        JsonResponses.Ok(new ApiClientResponse(shown.Body, PlainSecret: null), shown.Client.Revision));
}

internal sealed record ApiClientListResponse(int TotalSize, string NextPageToken, IReadOnlyList<ApiClientBody> Clients);
