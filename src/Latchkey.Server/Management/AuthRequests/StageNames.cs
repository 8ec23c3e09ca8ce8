using Latchkey.Server.LoginRequests;

namespace Latchkey.Server.Management.AuthRequests;

/// <summary>The names of the stages in the API.</summary>
internal static class StageNames
{
    public static string Of(LoginRequest request) => request switch
    {
        LoginRequest.AwaitingLogin => LoginRequestRow.AwaitingLogin,
        LoginRequest.AwaitingReturn => LoginRequestRow.AwaitingReturn,
        LoginRequest.Refused => LoginRequestRow.Refused,
        LoginRequest.AwaitingConsent => LoginRequestRow.AwaitingConsent,
        LoginRequest.AwaitingExchange => LoginRequestRow.AwaitingExchange,
        LoginRequest.Exchanged => LoginRequestRow.Exchanged,
        LoginRequest.Ended => LoginRequestRow.Ended,
    };
}
