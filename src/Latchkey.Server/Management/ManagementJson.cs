using System.Text.Json.Serialization;
using Latchkey.Server.Connections;
using Latchkey.Server.Management.Access;
using Latchkey.Server.Management.Audit;
using Latchkey.Server.Management.InitialAccessTokens;
using Latchkey.Server.Management.Server;
using Latchkey.Server.Management.Setup;
using Latchkey.Server.Management.Webhooks;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Management;

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ProblemBody))]
[JsonSerializable(typeof(ResourceResponse))]
[JsonSerializable(typeof(ResourceListResponse))]
[JsonSerializable(typeof(ConnectionResponse))]
[JsonSerializable(typeof(ConnectionListResponse))]
[JsonSerializable(typeof(ClientResponse))]
[JsonSerializable(typeof(ClientListResponse))]
[JsonSerializable(typeof(OAuthClientListResponse))]
[JsonSerializable(typeof(SecretResponse))]
[JsonSerializable(typeof(InitialAccessTokenResponse))]
[JsonSerializable(typeof(InitialAccessTokenListResponse))]
[JsonSerializable(typeof(ApiClientResponse))]
[JsonSerializable(typeof(ApiClientListResponse))]
[JsonSerializable(typeof(ReportResponse))]
[JsonSerializable(typeof(RejectResponse))]
[JsonSerializable(typeof(LoginDetailsResponse))]
[JsonSerializable(typeof(UserRevokedResponse))]
[JsonSerializable(typeof(UserErasedResponse))]
[JsonSerializable(typeof(AuthRequestResponse))]
[JsonSerializable(typeof(ConsentListResponse))]
[JsonSerializable(typeof(GrantListResponse))]
[JsonSerializable(typeof(UserListResponse))]
[JsonSerializable(typeof(AuthRequestListResponse))]
[JsonSerializable(typeof(UnattributedEventListResponse))]
[JsonSerializable(typeof(WebhookResponse))]
[JsonSerializable(typeof(WebhookListResponse))]
[JsonSerializable(typeof(DeliveryResponse))]
[JsonSerializable(typeof(DeliveryListResponse))]
[JsonSerializable(typeof(TestSentResponse))]
[JsonSerializable(typeof(KeyListResponse))]
[JsonSerializable(typeof(KeyRotatedResponse))]
[JsonSerializable(typeof(SettingsResponse))]
[JsonSerializable(typeof(HealthResponse))]
[JsonSerializable(typeof(AuditListResponse))]
[JsonSerializable(typeof(PlanResponse))]
[JsonSerializable(typeof(SetupResponse))]
[JsonSerializable(typeof(EmptyResponse))]
internal sealed partial class ManagementJson : JsonSerializerContext;

internal sealed record EmptyResponse;

internal sealed record ResourceResponse(ResourceBody Resource);

internal sealed record ResourceListResponse(int TotalSize, string NextPageToken, IReadOnlyList<ResourceBody> Resources);

/// <param name="Warning">The risk of <c>state_only</c>. Absent otherwise.</param>
internal sealed record ConnectionResponse(ConnectionBody Connection, string? Warning);

internal sealed record ConnectionListResponse(int TotalSize, string NextPageToken, IReadOnlyList<ConnectionBody> Connections);

/// <param name="AuthRequestId">The id of the auth request, a dot, and the proof.
/// It is for the browser that completes the login only.</param>
/// <param name="RedirectUri">The complete URL to which that browser is redirected.</param>
internal sealed record ReportResponse(string AuthRequestId, string RedirectUri);

internal sealed record RejectResponse(string RedirectUri);

internal sealed record UserRevokedResponse(int GrantsEnded);

/// <summary>The number of deleted rows.</summary>
internal sealed record UserErasedResponse(int Grants, int Consents, int LoginRequests);

internal sealed record LoginDetailsResponse
{
    public required string LoginRequestId { get; init; }
    public required string AuthRequestId { get; init; }

    /// <summary>authorization or test. Only an authorization has a client, a resource and scopes.</summary>
    public required string Purpose { get; init; }
    public required string Stage { get; init; }

    /// <summary>Absent for another purpose than authorization.</summary>
    public LoginClientBody? Client { get; init; }

    /// <summary>Absent for another purpose than authorization.</summary>
    public LoginResourceBody? Resource { get; init; }
    public required IReadOnlyList<LoginScopeBody> Scopes { get; init; }

    /// <summary>one: report the organizations of the user, of which the user chooses one. none: there is no choice.</summary>
    public required OrganizationSelection OrganizationSelection { get; init; }
    public string? Prompt { get; init; }
    public long? MaxAge { get; init; }
    public string? AcrValues { get; init; }
    public string? LoginHint { get; init; }
    public string? UiLocales { get; init; }
    public required DateTimeOffset CreateTime { get; init; }
    public required DateTimeOffset ExpireTime { get; init; }
}

/// <param name="Name">Absent when it cannot be shown, or imitates the name of a well-known client. Show the host then.</param>
/// <param name="RedirectHost">Where the response goes: a host, "this device", or a scheme of its apps such as <c>cursor:</c>.</param>
internal sealed record LoginClientBody(string ClientId, string? Name, string Host, string RedirectHost, bool VouchedFor);

internal sealed record LoginResourceBody(string Id, string Name, string ResourceUri);

internal sealed record LoginScopeBody(string Name, string Description);

internal sealed record AuthRequestResponse(AuthRequestBody AuthRequest);

internal sealed record AuthRequestBody
{
    /// <summary>Absent for an event that belongs to no sign-in.</summary>
    public string? Id { get; init; }
    public required string Reference { get; init; }

    /// <summary>running, connected, stopped, declined or left. Absent in entries of earlier versions.</summary>
    public string? Outcome { get; init; }

    /// <summary>authorization, or test for an operator's test of a login page. Absent for an event that belongs to no sign-in.</summary>
    public string? Purpose { get; init; }

    /// <summary>The step where it stopped, or where it waits: find, ask, login, return, consent, token, renew.</summary>
    public string? StoppedAt { get; init; }

    /// <summary>Why it stopped.</summary>
    public CauseBody? Cause { get; init; }

    /// <summary>What was sent, what was expected, and what else was seen where it stopped.</summary>
    public IReadOnlyList<FactBody>? Facts { get; init; }

    /// <summary>The current stage. Absent when only the journey is left.</summary>
    public string? Stage { get; init; }
    public string? LoginRequestId { get; init; }
    public string? ConnectionId { get; init; }
    public string? ResourceId { get; init; }

    /// <summary>As it was sent.</summary>
    public string? ClientId { get; init; }
    public string? ClientName { get; init; }

    /// <summary>The well-known client, or other.</summary>
    public string? ClientFamily { get; init; }
    public bool? VouchedFor { get; init; }

    /// <summary>Where the response goes.</summary>
    public string? RedirectHost { get; init; }
    public string? Subject { get; init; }
    public string? Email { get; init; }
    public string? Network { get; init; }
    public string? UserAgent { get; init; }

    /// <summary>True when a deviation of the client was accepted.</summary>
    public bool? Tolerated { get; init; }
    public string? GrantId { get; init; }
    public DateTimeOffset? CreateTime { get; init; }

    /// <summary>The time of the last event.</summary>
    public DateTimeOffset? UpdateTime { get; init; }

    /// <summary>When the time of a running sign-in runs out.</summary>
    public DateTimeOffset? DueTime { get; init; }

    /// <summary>Codes of the client's deviations from the specifications, in the order of docs/wire.md.</summary>
    public IReadOnlyList<string>? Deviations { get; init; }

    /// <summary>Absent in a list.</summary>
    public IReadOnlyList<SignInEventBody>? Journey { get; init; }
}

internal sealed record UnattributedEventListResponse(
    int TotalSize, string NextPageToken, IReadOnlyList<UnattributedEventBody> UnattributedEvents);

/// <param name="Minute">The beginning of the minute.</param>
/// <param name="Count">How often it happened in that minute.</param>
internal sealed record UnattributedEventBody(
    string Reference, DateTimeOffset Minute, DateTimeOffset UpdateTime, long Count, string? Network, CauseBody Cause,
    IReadOnlyList<FactBody> Facts);

/// <param name="FixedBy">The parties that can remove the cause, the most likely one first.</param>
/// <param name="Station">The step that it stops: find, ask, login, return, consent, token, renew.</param>
/// <param name="Compared">The two values that differ. Absent when no two do.</param>
internal sealed record CauseBody(
    string Code, string? Station, string? Title, string? Explanation, IReadOnlyList<string>? FixedBy, string? Fix,
    ComparedBody? Compared = null);

/// <param name="Name">The name of the fact.</param>
/// <param name="Difference">How they differ, in words. Absent when that is not about their characters.</param>
internal sealed record ComparedBody(string Name, string Sent, string Expected, string? Difference);

/// <param name="Kind">sent, expected or seen.</param>
internal sealed record FactBody(string Kind, string Name, string Value);

/// <param name="Cause">The code of the cause, when the event is a refusal or an end.</param>
/// <param name="Actor">The party that caused the event. Absent for the browser.</param>
internal sealed record SignInEventBody(
    DateTimeOffset At, string Name, string Detail, string? LoginRequestId, string? Cause = null, string? Actor = null,
    IReadOnlyList<FactBody>? Facts = null);
