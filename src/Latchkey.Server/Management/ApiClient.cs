using System.Net;
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

    public const int MaxAddresses = 100;

    [JsonIgnore]
    public long Revision { get; init; }

    /// <summary>Keys with which it signs assertions (<c>private_key_jwt</c>) instead of having secrets; null: it has secrets.</summary>
    public ClientKeys? Keys { get; init; }

    /// <summary>Networks it may come from, as <c>address/length</c>; null: any. A stolen credential is worth nothing elsewhere.</summary>
    public IReadOnlyList<string>? AllowedAddresses { get; init; }

    /// <param name="address">Null: nobody knows, which is not good enough where somebody asked.</param>
    public bool AllowsAddress(IPAddress? address) => AllowedAddresses is not { } allowed
        || (address is not null && allowed.Any(network => IPNetwork.Parse(network).Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)));

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
