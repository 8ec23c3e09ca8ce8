using System.Net;
using System.Text.Json.Serialization;
using Latchkey.Server.Credentials;
using Latchkey.Server.Network;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.ApiClients;

/// <summary>A machine credential for Latchkey's API. A <c>login</c> credential works for the connections it names and nothing else.</summary>
internal sealed record ApiClient
{
    public const int MaxNameLength = 128;

    public const int MaxConnections = 100;

    public const int MaxAddresses = 100;

    public required ApiClientId Id { get; init; }
    public required string Name { get; init; }
    public required ApiRole Role { get; init; }
    public IReadOnlyList<ConnectionId> ConnectionIds { get; init; } = [];
    public IReadOnlyList<ClientSecret> Secrets { get; init; } = [];
    public bool IsEnabled { get; init; } = true;
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    [JsonIgnore]
    public long Revision { get; init; }

    /// <summary>Keys with which it signs assertions (<c>private_key_jwt</c>) instead of having secrets; null: it has secrets.</summary>
    public ClientKeys? Keys { get; init; }

    private readonly NetworkList? allowed;

    /// <summary>Networks it may come from, as <c>address/length</c>; null: any. A stolen credential is worth nothing elsewhere.</summary>
    public IReadOnlyList<string>? AllowedAddresses
    {
        get;
        init => (field, allowed) = (value, value is null ? null : NetworkList.Of(value));
    }

    /// <param name="address">As <see cref="ClientAddress"/> writes addresses.</param>
    public bool AllowsAddress(IPAddress address) => allowed?.Contains(address) ?? true;

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

internal static class ApiRoles
{
    /// <summary>The name of a role in the API.</summary>
    public static string Name(this ApiRole role) => role switch
    {
        ApiRole.Management => "management",
        ApiRole.ReadOnly => "read-only",
        _ => "login",
    };
}
