using Latchkey.Server.Clients;
using Latchkey.Server.Consent;
using Latchkey.Server.Management.ApiClients;
using Latchkey.Server.Management.Clients;

namespace Latchkey.Server.Management;

/// <param name="PlainSecret">Shown this once.</param>
/// <param name="ConsentedUsers">Who allowed it something at its resource, the newest 30; in the answer that shows this one client of a resource.</param>
internal sealed record ClientAnswer(ClientBody Client, string? PlainSecret, IReadOnlyList<ConsentedUserBody>? ConsentedUsers = null)
{
    public static ClientAnswer Of(ShownClient shown) => new(shown.Body, shown.PlainSecret?.Value, shown.Consented?.Select(ConsentedUserBody.Of).ToList());
}

internal sealed record ConsentedUserBody(string ConsentId, string ExternalUserId, IReadOnlyList<string> Scopes)
{
    public static ConsentedUserBody Of(GivenConsent consent) => new(consent.Id.Value, consent.Subject, [.. consent.Scope]);
}

internal sealed record ClientListAnswer(IReadOnlyList<ClientBody> Clients, int TotalDcrClients, int TotalStaticClients)
{
    public static ClientListAnswer Of(IReadOnlyList<ShownClient> found)
    {
        var registered = found.Count(c => c.Client.Origin == ClientOrigin.Registered);
        return new([.. found.Select(s => s.Body)], registered, found.Count - registered);
    }
}

/// <param name="Secret">The new secret's description.</param>
internal sealed record SecretAnswer(SecretBody Secret, string? PlainSecret);

internal sealed record OAuthClientListAnswer(int TotalSize, string NextPageToken, IReadOnlyList<ClientBody> Clients);

internal sealed record ApiClientAnswer(ApiClientBody Client, string? PlainSecret)
{
    public static IResult Of(Outcome<ShownApiClient> outcome) => Answers.Of(outcome, shown =>
        Answers.Ok(new ApiClientAnswer(shown.Body, PlainSecret: null), shown.Client.Revision));
}

internal sealed record ApiClientListAnswer(int TotalSize, string NextPageToken, IReadOnlyList<ApiClientBody> Clients);
