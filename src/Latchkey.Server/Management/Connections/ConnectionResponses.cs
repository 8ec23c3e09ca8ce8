using Latchkey.Server.Connections;

namespace Latchkey.Server.Management.Connections;

/// <summary>The response that shows one connection.</summary>
internal static class ConnectionResponses
{
    private const string StateOnlyWarning =
        "With callback_verification=state_only, an attacker can start a sign-in, make a signed-in user open its link, "
        + "and continue as that user. "
        + "It is safe only if your login page names the client and asks for a click before it reports the user. Prefer required: "
        + "append auth_request_id to the callback.";

    public static IResult Of(Outcome<Connection> outcome, ConnectionSetup connections) =>
        JsonResponses.Of(outcome, connection => Ok(connection, connections));

    public static IResult Ok(Connection connection, ConnectionSetup connections) => JsonResponses.Ok(
        new ConnectionResponse(
            connections.Show(connection),
            connection.Verification == CallbackVerification.DangerousStateOnly ? StateOnlyWarning : null),
        connection.Revision);
}
