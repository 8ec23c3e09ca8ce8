using System.Text.Json.Serialization;
using Latchkey.Server.Connections;
using Latchkey.Server.Management.Access;
using Latchkey.Server.Management.Audit;
using Latchkey.Server.Management.InitialAccessTokens;
using Latchkey.Server.Management.Server;
using Latchkey.Server.Management.Setup;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;

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
    public required string Stage { get; init; }
    public required LoginClientBody Client { get; init; }
    public required LoginResourceBody Resource { get; init; }
    public required IReadOnlyList<LoginScopeBody> Scopes { get; init; }
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
    public required string Id { get; init; }
    public required string Reference { get; init; }

    /// <summary>The current stage. Absent when only the journey is left.</summary>
    public string? Stage { get; init; }
    public string? LoginRequestId { get; init; }
    public string? ConnectionId { get; init; }
    public string? ResourceId { get; init; }
    public string? ClientId { get; init; }
    public string? Subject { get; init; }
    public string? GrantId { get; init; }
    public DateTimeOffset? CreateTime { get; init; }

    /// <summary>Codes of the client's deviations from the specifications, in the order of docs/wire.md.</summary>
    public IReadOnlyList<string>? Deviations { get; init; }

    /// <summary>Absent in a list.</summary>
    public IReadOnlyList<SignInEventBody>? Journey { get; init; }
}

internal sealed record SignInEventBody(DateTimeOffset At, string Name, string Detail, string? LoginRequestId)
{
    public static SignInEventBody Of(SignInEvent happened) =>
        new(happened.At, happened.Name, happened.Detail, happened.LoginRequestId?.Value);
}
