using Latchkey.Server.Authorize;

namespace Latchkey.Server.Management.AuthRequests;

/// <summary>The names of the stages in the API.</summary>
internal static class StageNames
{
    public static string Of(AuthRequest request) => request switch
    {
        AuthRequest.AwaitingLogin => AuthRequestRow.AwaitingLogin,
        AuthRequest.AwaitingReturn => AuthRequestRow.AwaitingReturn,
        AuthRequest.Refused => AuthRequestRow.Refused,
        AuthRequest.AwaitingConsent => AuthRequestRow.AwaitingConsent,
        AuthRequest.AwaitingExchange => AuthRequestRow.AwaitingExchange,
        AuthRequest.Exchanged => AuthRequestRow.Exchanged,
        AuthRequest.Ended => AuthRequestRow.Ended,
    };
}
