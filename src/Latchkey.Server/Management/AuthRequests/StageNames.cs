using Latchkey.Server.LoginRequests;

namespace Latchkey.Server.Management.AuthRequests;

/// <summary>The names of the stages in the API.</summary>
internal static class StageNames
{
    /// <summary>A stage whose deadline has passed. No row is stored with it.</summary>
    public const string Expired = "expired";

    /// <summary>The stage as a login page has to know it: what the login request can still become.</summary>
    /// <param name="isRefused">Whether the present policy refuses the login request.</param>
    public static string Of(LoginRequest request, DateTimeOffset now, bool isRefused) =>
        request is LoginRequest.Ended or LoginRequest.Exchanged ? Of(request)
        : Deadlines.HasPassed(request, now) ? Expired
        : isRefused ? LoginRequestRow.Ended
        : Of(request);

    public static string Of(LoginRequest request) => LoginRequestRow.StageOf(request);
}
