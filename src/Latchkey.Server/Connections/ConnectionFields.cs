using System.Text.Json.Serialization;
using Latchkey.Server.Fields;
using Declare = Latchkey.Server.Fields.FieldsOf<Latchkey.Server.Connections.Connection, Latchkey.Server.Connections.ConnectionContext>;

namespace Latchkey.Server.Connections;

/// <summary>The context of the fields of a connection.</summary>
internal sealed record ConnectionContext(string BaseUrl);

/// <summary>The fields of a connection.</summary>
internal static class ConnectionFields
{
    public static readonly FieldTable<Connection, ConnectionContext> Table = new(
        "Connection",
        "The login page of your application, where users of the resource sign in.",
        new() { Id = default, LoginUrl = "", CreatedAt = default, UpdatedAt = default },
        [
            Declare.Shown("id", FieldKinds.Shown, c => c.Id.Value),
            Declare.Shown("type", FieldKinds.Shown, _ => "CUSTOM"),
            Declare.Stored("enabled", FieldKinds.Boolean, c => c.IsEnabled, (c, v) => c with { IsEnabled = v },
                "false disables it: users cannot sign in through it."),
            Declare.Stored("login_url", LoginUrl, c => c.LoginUrl, (c, v) => c with { LoginUrl = v },
                "Your login page; required for a new connection. login_request_id and state are added to its query.",
                (url, _) => Connection.ValidateLoginUrl(url)) with { NullLeaves = true, Example = "\"https://app.example.com/login\"" },
            Declare.Shown("user_post_url", FieldKinds.Shown,
                (c, at) => $"{at.BaseUrl}/api/v1/connections/{c.Id}/auth-requests/{{{{login_request_id}}}}/user"),
            Declare.Shown("redirect_url", FieldKinds.Shown, (c, at) => $"{at.BaseUrl}/sso/v1/connections/{c.Id}/partner:callback"),
            Declare.Stored("callback_verification",
                FieldKinds.Choice(
                    "must be required or state_only", isRequired: false, ("required", CallbackVerification.Required),
                    ("state_only", CallbackVerification.DangerousStateOnly)),
                c => c.Verification, (c, v) => c with { Verification = v },
                "required: the browser must send the proof of the report (auth_request_id). state_only is safe only if the login "
                + "page names the client and asks for a click before it reports the user."),
            Declare.Shown("create_time", FieldKinds.ShownTime, c => c.CreatedAt),
            Declare.Shown("update_time", FieldKinds.ShownTime, c => c.UpdatedAt),
        ]);

    public static Connection New(DateTimeOffset now) => Table.Blank with { Id = ConnectionId.New(), CreatedAt = now, UpdatedAt = now };

    private static FieldKind<string> LoginUrl => FieldKinds.Required(Connection.MaxUrlLength) with
    {
        Read = (body, name, former) => new(body.Text(name, Connection.MaxUrlLength) ?? former),
    };
}

/// <summary>A connection as responses show it.</summary>
[JsonConverter(typeof(FieldBodyJson<ConnectionBody>))]
internal sealed class ConnectionBody(Connection connection, ConnectionContext context)
    : FieldBody<Connection, ConnectionContext>(ConnectionFields.Table, connection, context);
