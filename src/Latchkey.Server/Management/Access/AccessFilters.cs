using Latchkey.Server.Grants;

namespace Latchkey.Server.Management.Access;

/// <summary>The filters that the lists of consents and of grants have in common.</summary>
internal static class AccessFilters
{
    public const int MaxSearchLength = 128;

    /// <summary>UTF-8 of at most 255 bytes.</summary>
    public const int MaxSubjectLength = 255;

    public static readonly QueryParameter Search = new("search", "Part of the user's sub, e-mail address or name. Case is ignored.");

    public static readonly IReadOnlyList<QueryParameter> Ids =
    [
        new("resource_id", "Only those at this resource."),
        new("client_id", "Only those of this client."),
        new("connection_id", "Only those of users of this connection."),
        new("external_user_id", "Only those of the user with exactly this sub."),
    ];

    public static AccessFilter Read(ListQuery query) => new(
        query.Id("resource_id", "resource", text => ResourceId.Parse(text)),
        query.Id("client_id", "client", text => ClientId.Parse(text)),
        query.Id("connection_id", "connection", text => ConnectionId.Parse(text)),
        query.Text("external_user_id", MaxSubjectLength),
        query.Text("search", MaxSearchLength));
}
