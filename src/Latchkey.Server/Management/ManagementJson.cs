using System.Text.Json.Serialization;
using Latchkey.Server.Connections;
using Latchkey.Server.Journeys;
using Latchkey.Server.Management.Access;
using Latchkey.Server.Management.Audit;
using Latchkey.Server.Management.InitialAccessTokens;
using Latchkey.Server.Management.Server;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Management;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ProblemBody))]
[JsonSerializable(typeof(ResourceAnswer))]
[JsonSerializable(typeof(ResourceListAnswer))]
[JsonSerializable(typeof(ConnectionAnswer))]
[JsonSerializable(typeof(ConnectionListAnswer))]
[JsonSerializable(typeof(ClientAnswer))]
[JsonSerializable(typeof(ClientListAnswer))]
[JsonSerializable(typeof(OAuthClientListAnswer))]
[JsonSerializable(typeof(SecretAnswer))]
[JsonSerializable(typeof(InitialAccessTokenAnswer))]
[JsonSerializable(typeof(InitialAccessTokenListAnswer))]
[JsonSerializable(typeof(ApiClientAnswer))]
[JsonSerializable(typeof(ApiClientListAnswer))]
[JsonSerializable(typeof(ReportAnswer))]
[JsonSerializable(typeof(RejectAnswer))]
[JsonSerializable(typeof(LoginDetailsAnswer))]
[JsonSerializable(typeof(UserRevokedAnswer))]
[JsonSerializable(typeof(AuthRequestAnswer))]
[JsonSerializable(typeof(ConsentListAnswer))]
[JsonSerializable(typeof(GrantListAnswer))]
[JsonSerializable(typeof(UserListAnswer))]
[JsonSerializable(typeof(AuthRequestListAnswer))]
[JsonSerializable(typeof(KeyListAnswer))]
[JsonSerializable(typeof(KeyRotatedAnswer))]
[JsonSerializable(typeof(SettingsAnswerBody))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(AuditListAnswer))]
[JsonSerializable(typeof(EmptyAnswer))]
internal sealed partial class ManagementJson : JsonSerializerContext;

internal sealed record EmptyAnswer;

internal sealed record ResourceAnswer(ResourceBody Resource);

internal sealed record ResourceListAnswer(int TotalSize, string NextPageToken, IReadOnlyList<ResourceBody> Resources);

/// <param name="Warning">Stands beside <c>state_only</c>, so that nobody chooses it without reading what it means.</param>
internal sealed record ConnectionAnswer(ConnectionBody Connection, string? Warning);

internal sealed record ConnectionListAnswer(int TotalSize, string NextPageToken, IReadOnlyList<ConnectionBody> Connections);

/// <param name="AuthRequestId">The auth request's id with the proof behind the dot: for the browser that finishes, and nobody else.</param>
/// <param name="RedirectUri">Where to send that browser, complete.</param>
internal sealed record ReportAnswer(string AuthRequestId, string RedirectUri);

internal sealed record RejectAnswer(string RedirectUri);

internal sealed record UserRevokedAnswer(int GrantsEnded);

internal sealed record LoginDetailsAnswer(
    string LoginRequestId,
    string AuthRequestId,
    string Stage,
    LoginClientBody Client,
    LoginResourceBody Resource,
    IReadOnlyList<LoginScopeBody> Scopes,
    string? Prompt,
    long? MaxAge,
    string? AcrValues,
    string? LoginHint,
    string? UiLocales,
    DateTimeOffset CreateTime,
    DateTimeOffset ExpireTime);

/// <param name="Name">Absent when it imitates a well-known client's: then the host is all there is to show.</param>
internal sealed record LoginClientBody(string ClientId, string? Name, string Host, bool VouchedFor);

internal sealed record LoginResourceBody(string Id, string Name, string ResourceUri);

internal sealed record LoginScopeBody(string Name, string Description);

internal sealed record AuthRequestAnswer(AuthRequestBody AuthRequest);

/// <param name="Stage">Where it stands; null when only the journey is left.</param>
/// <param name="Deviations">Codes of what the client does otherwise than the specifications say, in the order of docs/wire.md.</param>
/// <param name="Journey">Not in a list.</param>
internal sealed record AuthRequestBody(
    string Id,
    string Reference,
    string? Stage,
    string? LoginRequestId,
    string? ConnectionId,
    string? ResourceId,
    string? ClientId,
    string? Subject,
    string? GrantId,
    DateTimeOffset? CreateTime,
    IReadOnlyList<string>? Deviations,
    IReadOnlyList<JourneyEventBody>? Journey);

internal sealed record JourneyEventBody(DateTimeOffset At, string Name, string Detail, string? LoginRequestId)
{
    public static JourneyEventBody Of(JourneyEvent happened) => new(happened.At, happened.Name, happened.Detail, happened.LoginRequestId?.Value);
}
