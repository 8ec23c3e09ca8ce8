using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Operators;
using Latchkey.Server.Resources;

namespace Latchkey.Server.LoginRequests;

/// <summary>What the present policy says about a login request under way.</summary>
internal abstract record PolicyAnswer
{
    private PolicyAnswer() { }

    public sealed record Allowed(Client Client, Resource Resource, Connection Connection) : PolicyAnswer;

    /// <summary>Allowed, for a purpose that has no client and ends at a page of this server.</summary>
    public sealed record AllowedHere(Connection Connection) : PolicyAnswer;

    public sealed record Refused(PolicyRefusal Why) : PolicyAnswer;
}

/// <summary>What changed since the authorization request was accepted.</summary>
internal enum PolicyRefusal
{
    /// <summary>The client was deleted or its registration expired.</summary>
    ClientGone,

    /// <summary>The resource does not accept the client any more (<see cref="ClientAdmission"/>).</summary>
    ClientNotAdmitted,

    /// <summary>The client may no longer use the authorization code grant.</summary>
    GrantTypeRemoved,

    /// <summary>The client no longer has the redirect URI, or the resource no longer accepts its scheme.</summary>
    RedirectUriRemoved,

    /// <summary>The resource was deleted.</summary>
    ResourceGone,

    /// <summary>The connection was disabled, or the resource uses another one.</summary>
    ConnectionGone,

    /// <summary>The connection requires the proof now, and the browser returned without it.</summary>
    ProofRequired,

    /// <summary>The session of the operator who began the test has ended, or its operator may not test any more.</summary>
    OperatorGone,
}

internal static class PolicyRefusals
{
    /// <summary>What changed, for the sign-in log.</summary>
    public static string Sentence(PolicyRefusal why) => why switch
    {
        PolicyRefusal.ClientGone => "the client was deleted, or its registration expired.",
        PolicyRefusal.ClientNotAdmitted => "the MCP server does not accept the client any more.",
        PolicyRefusal.GrantTypeRemoved => "the client may no longer use the authorization code grant.",
        PolicyRefusal.RedirectUriRemoved => "the client no longer has the redirect URI, or its scheme is not accepted any more.",
        PolicyRefusal.ResourceGone => "the MCP server was deleted.",
        PolicyRefusal.ConnectionGone => "the login page was disabled or replaced.",
        PolicyRefusal.ProofRequired => "the login page requires the proof now (callback_verification).",
        PolicyRefusal.OperatorGone => "the session of the operator who began the test has ended, or lost its role.",
        _ => why.ToString(),
    };
}

/// <summary>
/// Compares a login request with the present configuration. An operator's or client's change counts at once: for the login page, the
/// report, the callback, the consent page and its decision, each redirect to the client, and the redemption of the code. The stricter of
/// then and now applies. The scopes are the one part that each step reduces by itself, because a smaller scope refuses nothing.
/// </summary>
internal sealed class PresentPolicy(
    ClientCache clients, ConfigurationCache configuration, OperatorSessionStore sessions, TimeProvider clock)
{
    public async Task<PolicyAnswer> OfAsync(LoginRequest request, CancellationToken cancellationToken) => request.Details.Purpose switch
    {
        LoginPurpose.Authorization asked => await clients.FindAsync(asked.ClientId, cancellationToken) is { } client
            ? Of(request, client)
            : new PolicyAnswer.Refused(PolicyRefusal.ClientGone),
        LoginPurpose.Account => OfOwn(request, ofPurpose: null),
        LoginPurpose.Test test => OfOwn(request, await MayTestAsync(test, cancellationToken) ? null : PolicyRefusal.OperatorGone),
    };

    /// <summary>For a caller that has just found the client.</summary>
    public PolicyAnswer Of(LoginRequest request, Client client)
    {
        var snapshot = configuration.Current;
        var details = request.Details;
        if (snapshot.Find(details.ResourceId) is not { } resource)
        {
            return new PolicyAnswer.Refused(PolicyRefusal.ResourceGone);
        }

        if (resource.ConnectionId != details.ConnectionId || snapshot.UsableConnectionOf(resource) is not { } connection)
        {
            return new PolicyAnswer.Refused(PolicyRefusal.ConnectionGone);
        }

        PolicyRefusal? refusal = ClientAdmission.RefusalOf(client, resource) is not null ? PolicyRefusal.ClientNotAdmitted
            : !client.Allows(GrantType.AuthorizationCodeName) ? PolicyRefusal.GrantTypeRemoved
            : !client.RedirectUris.Any(uri => RedirectUri.Matches(uri, details.Request.RedirectUri)
                && RedirectUri.Validate(uri, resource.RedirectSchemes) is null) ? PolicyRefusal.RedirectUriRemoved
            : HasReturned(request) && details.Verification != VerificationOf(details, connection) ? PolicyRefusal.ProofRequired
            : null;
        return refusal is { } why ? new PolicyAnswer.Refused(why) : new PolicyAnswer.Allowed(client, resource, connection);
    }

    /// <summary>For a purpose without a client: the connection must be in use, in a mode that accepts this callback.</summary>
    private PolicyAnswer OfOwn(LoginRequest request, PolicyRefusal? ofPurpose) =>
        ofPurpose is { } why ? new PolicyAnswer.Refused(why)
        : configuration.Current.Find(request.Details.ConnectionId) is not { IsEnabled: true } connection
            ? new PolicyAnswer.Refused(PolicyRefusal.ConnectionGone)
        : HasReturned(request) && request.Details.Verification != VerificationOf(request.Details, connection)
            ? new PolicyAnswer.Refused(PolicyRefusal.ProofRequired)
        : new PolicyAnswer.AllowedHere(connection);

    private async Task<bool> MayTestAsync(LoginPurpose.Test test, CancellationToken cancellationToken) =>
        await sessions.FindAsync(test.Session, cancellationToken) is { Operator.Role: >= OperatorRole.Admin } session
        && session.IsLive(clock.GetUtcNow());

    /// <summary>The stricter of the mode in which the login request began and the present mode of its connection.</summary>
    public static CallbackVerification VerificationOf(LoginRequestDetails details, Connection connection) =>
        details.Verification == CallbackVerification.Required ? CallbackVerification.Required : connection.Verification;

    /// <summary>The callback stores the mode in which it was accepted, so that a later step knows whether the proof was checked.</summary>
    private static bool HasReturned(LoginRequest request) =>
        request is LoginRequest.AwaitingConsent or LoginRequest.Confirmed or LoginRequest.AwaitingExchange or LoginRequest.Exchanged;
}
