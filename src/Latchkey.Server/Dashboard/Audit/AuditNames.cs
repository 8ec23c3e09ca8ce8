using Latchkey.Server.Configuration;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.Audit;

/// <summary>The names of those who change something, and of what is changed, with the pages of both.</summary>
internal sealed class AuditNames(IReadOnlyList<Operator> operators, ConfigurationSnapshot configuration)
{
    /// <summary>The actions of the audit log, as docs/wire.md lists them, in words.</summary>
    public static readonly IReadOnlyList<KeyValuePair<string, string>> Actions =
    [
        new("resource.created", "MCP server added"), new("resource.changed", "MCP server changed"),
        new("resource.deleted", "MCP server deleted"), new("connection.created", "Login page added"),
        new("connection.changed", "Login page changed"), new("client.created", "Client added"), new("client.changed", "Client changed"),
        new("client.deleted", "Client deleted"), new("api_client.created", "Machine added"), new("api_client.changed", "Machine changed"),
        new("api_client.deleted", "Machine deleted"), new("initial_access_token.created", "Invitation to register added"),
        new("initial_access_token.deleted", "Invitation to register deleted"), new("user.revoked", "All accesses of a person ended"),
        new("user.erased", "Person erased"), new("consent.revoked", "Decision taken back"),
        new("consent.forgotten", "Decision not remembered any more"), new("grant.revoked", "Access ended"),
        new("token.revoked", "Access token revoked"), new("key.rotated", "Key rotated"), new("key.retired", "Key retired"),
        new("key.rewrapped", "Keys encrypted anew"), new("database.restored", "Database restored"),
        new("operator.created", "Operator added"),
        new("operator.removed", "Operator removed"), new("operator.role_changed", "Role changed"),
        new("operator.password_changed", "Password changed"), new("operator.recovered", "Operator recovered"),
        new("operator.passkey_added", "Passkey added"), new("operator.passkey_removed", "Passkey removed"),
        new("operator.signed_in", "Operator signed in"), new("operator.session_ended", "Session ended"),
        new("operator.sessions_ended", "Other sessions ended"), new("operator_invite.created", "Operator invited"),
        new("operator_invite.deleted", "Invitation withdrawn"),
    ];

    /// <summary>The operators and machines, for the filter.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Actors { get; } =
    [
        .. operators.Take(100).Select(o => KeyValuePair.Create(o.Id.Value, o.Name)),
        .. configuration.ApiClients.Take(100).Select(c => KeyValuePair.Create(c.Id.Value, c.Name)),
    ];

    public static string OfAction(string action) => Actions.FirstOrDefault(a => a.Key == action).Value ?? action;

    /// <summary>The name behind an id, or the id itself.</summary>
    public string Of(string id) =>
        OperatorId.Parse(id) is { } op && operators.FirstOrDefault(o => o.Id == op) is { } known ? known.Name
        : ApiClientId.Parse(id) is { } machine && configuration.Find(machine) is { } api ? api.Name
        : ResourceId.Parse(id) is { } resource && configuration.Find(resource) is { } server ? server.Name
        : ConnectionId.Parse(id) is { } connection && configuration.Find(connection) is { } page ? new Uri(page.LoginUrl).Host
        : id == "*" ? "the whole server"
        : id;

    /// <summary>The page of what has the id. Null when there is none.</summary>
    public string? PathOf(string id) =>
        GrantId.Parse(id) is { } grant ? DashboardPaths.Access(grant)
        : ApiClientId.Parse(id) is { } machine && configuration.Find(machine) is not null ? DashboardPaths.Machine(machine)
        : ResourceId.Parse(id) is { } resource && configuration.Find(resource) is not null ? Servers.ServerPages.Page.Path(id)
        : ConnectionId.Parse(id) is { } connection && configuration.Find(connection) is not null
            ? LoginPages.LoginPagePages.Page.Path(id)
        : OperatorId.Parse(id) is not null ? Operators.OperatorPages.List.Pattern
        : ClientId.Parse(id) is { } client ? DashboardPaths.Client(client)
        : null;
}
