using Latchkey.Server.Connections;

namespace Latchkey.Server.Management.Connections;

/// <summary>The response that shows one connection.</summary>
internal static class ConnectionResponses
{
    private const string StateOnlyWarning =
        "With callback_verification=state_only somebody can start a sign-in, have a signed-in person open its link and continue as that person. "
        + "It is safe only when your login page asks for a click that names the client before it reports. Prefer required: append auth_request_id to the callback.";

    public static IResult Of(Outcome<Connection> outcome, ConnectionSetup connections) => JsonResponses.Of(outcome, connection => Ok(connection, connections));

    public static IResult Ok(Connection connection, ConnectionSetup connections) => JsonResponses.Ok(
        new ConnectionResponse(
            connections.Show(connection),
            connection.Verification == CallbackVerification.DangerousStateOnly ? StateOnlyWarning : null),
        connection.Revision);
}
