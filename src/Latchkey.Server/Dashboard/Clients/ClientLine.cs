using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;

namespace Latchkey.Server.Dashboard.Clients;

/// <summary>A client as lists and pages name it.</summary>
public sealed record ClientLine
{
    public required string Path { get; init; }

    /// <summary>The name that it gave itself, or the operator gave it.</summary>
    public required string Name { get; init; }

    /// <summary>The host that identifies it, or "this device".</summary>
    public required string Host { get; init; }

    /// <summary>Whether it is known who made it: an operator did, or the catalogue or a rule names its addresses.</summary>
    public required bool IsConfirmed { get; init; }

    /// <summary>Whether its name looks like that of a well-known client that it is not.</summary>
    public required bool Imitates { get; init; }
    public required bool IsBlocked { get; init; }
    public required string? Family { get; init; }

    internal static ClientLine Of(Client client, ClientTrust trust, ConfigurationSnapshot configuration)
    {
        var home = client.ResourceId is { } id ? configuration.Find(id) : null;
        var uri = client.RedirectUris.Count > 0 ? client.RedirectUris[0] : null;
        return new()
        {
            Path = DashboardPaths.Client(client.Id),
            Name = client.Name.Length > 0 ? client.Name : client.Id.Value,
            Host = uri is not null ? ClientTrust.HostOf(client, uri)
                : client.Id.DocumentUrl is { } url ? ClientIdUrl.HostOf(url) : "no redirect URI",
            IsConfirmed = client.Origin == ClientOrigin.Operator || client.RedirectUris.Any(u => trust.IsTrusted(client, home, u)),
            Imitates = uri is not null && trust.Imitates(client, uri),
            IsBlocked = !client.IsEnabled,
            Family = uri is null ? null : trust.FamilyOf(client, uri),
        };
    }

    /// <summary>The name of a client that a row refers to.</summary>
    /// <param name="client">Null when the client no longer exists.</param>
    internal static string NameOf(Client? client, ClientId id) =>
        client is { Name.Length: > 0 } ? client.Name : id.DocumentUrl is { } url ? ClientIdUrl.HostOf(url) : id.Value;
}
