using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Management.Setup;

/// <summary>What the login page and the MCP server of one resource need to know.</summary>
internal sealed record IntegrationBody
{
    public required string BaseUrl { get; init; }
    public required string ResourceId { get; init; }
    public required string ResourceUri { get; init; }

    /// <summary>The <c>iss</c> of its access tokens.</summary>
    public required string Issuer { get; init; }

    /// <summary>The <c>aud</c> that the MCP server requires.</summary>
    public required string Audience { get; init; }
    public required string ProtectedMetadataUri { get; init; }
    public required string JwksUri { get; init; }

    /// <summary>Absent while the resource has no connection, like the members below.</summary>
    public string? ConnectionId { get; init; }
    public string? LoginUrl { get; init; }

    /// <summary>The URL of the report, with the literal <c>{{login_request_id}}</c>.</summary>
    public string? UserPostUrl { get; init; }
    public string? RedirectUrl { get; init; }

    /// <summary>The API clients of role login that may report for the connection.</summary>
    public required IReadOnlyList<string> LoginClientIds { get; init; }

    public static IntegrationBody Of(Resource resource, ConfigurationSnapshot configuration, string baseUrl)
    {
        var issuer = OAuth.Issuer.Of(baseUrl, resource.Id);
        var connection = resource.ConnectionId is { } id ? configuration.Find(id) : null;
        return new()
        {
            BaseUrl = baseUrl,
            ResourceId = resource.Id.Value,
            ResourceUri = resource.Uri,
            Issuer = resource.TokenIssuer == TokenIssuerChoice.Environment ? baseUrl : issuer.Value,
            Audience = resource.Uri,
            ProtectedMetadataUri = $"{baseUrl}/.well-known/oauth-protected-resource/{resource.Id}",
            JwksUri = $"{baseUrl}/keys",
            ConnectionId = connection?.Id.Value,
            LoginUrl = connection?.LoginUrl,
            UserPostUrl = connection is null
                ? null
                : $"{baseUrl}/api/v1/connections/{connection.Id}/auth-requests/{{{{login_request_id}}}}/user",
            RedirectUrl = connection is null ? null : $"{baseUrl}/sso/v1/connections/{connection.Id}/partner:callback",
            LoginClientIds = connection is null
                ? []
                : [.. configuration.ApiClients.Where(c => c is { Role: ApiRole.Login, IsEnabled: true } && c.MayReportFor(connection.Id))
                    .Select(c => c.Id.Value)],
        };
    }
}

/// <param name="Kind"><c>create</c>, <c>change</c> or <c>delete</c>.</param>
/// <param name="Lines">The old and new value per member, without secrets.</param>
internal sealed record DifferenceBody(string Kind, string Title, IReadOnlyList<string> Lines);

/// <summary>The changes of a configuration file.</summary>
/// <param name="Plan">Identifies the changes: the same differences have the same value.</param>
/// <param name="Unlisted">The number of stored entities that the lists of the file do not contain and that are kept.</param>
/// <param name="Applied">Whether the changes were made.</param>
/// <param name="Integrations">One per resource of the file. Empty before the changes are made, because new ids do not exist yet.</param>
internal sealed record PlanResponse(
    string Plan, IReadOnlyList<DifferenceBody> Differences, int Unlisted, bool Applied, IReadOnlyList<IntegrationBody> Integrations);

/// <param name="ClientId">The API client of the login page.</param>
/// <param name="PlainSecret">Its secret, only when it was made by this request.</param>
/// <param name="Differences">What was created or changed. Empty when everything existed.</param>
/// <param name="Notes">Sentences about what existed and differs from the request.</param>
internal sealed record SetupResponse(
    IntegrationBody Integration, string ClientId, string? PlainSecret, IReadOnlyList<DifferenceBody> Differences,
    IReadOnlyList<string> Notes);
