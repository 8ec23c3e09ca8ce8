using System.Text.Json.Serialization;
using Latchkey.Server.Clients;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Management;

/// <summary>A machine credential for Latchkey's API. A <c>login</c> credential works for the connections it names and nothing else.</summary>
internal sealed record ApiClient(
    ApiClientId Id,
    string Name,
    ApiRole Role,
    IReadOnlyList<ConnectionId> ConnectionIds,
    IReadOnlyList<ClientSecret> Secrets,
    bool IsEnabled,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    public const int MaxConnections = 100;

    [JsonIgnore]
    public long Revision { get; init; }

    public bool MayReportFor(ConnectionId connection) => Role switch
    {
        ApiRole.Management => true,
        ApiRole.Login => ConnectionIds.Contains(connection),
        _ => false,
    };
}

[JsonConverter(typeof(JsonStringEnumConverter<ApiRole>))]
internal enum ApiRole
{
    [JsonStringEnumMemberName("management")]
    Management,

    [JsonStringEnumMemberName("read-only")]
    ReadOnly,

    [JsonStringEnumMemberName("login")]
    Login,
}
