using System.Net;
using System.Text.Json.Serialization;
using Latchkey.Server.Credentials;
using Latchkey.Server.Network;

namespace Latchkey.Server.ApiClients;

/// <summary>A machine credential for Latchkey's API. A credential of role <c>login</c> is limited to its connections.</summary>
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

    /// <summary>The keys for <c>private_key_jwt</c>. Null when the client has secrets.</summary>
    public ClientKeys? Keys { get; init; }

    private readonly NetworkList? allowed;

    /// <summary>The allowed networks, as <c>address/length</c>, or null for any. A stolen credential is refused elsewhere.</summary>
    public IReadOnlyList<string>? AllowedAddresses
    {
        get;
        init => (field, allowed) = (value, value is null ? null : NetworkList.Of(value));
    }

    /// <param name="address">In the form of <see cref="ClientAddress"/>.</param>
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
