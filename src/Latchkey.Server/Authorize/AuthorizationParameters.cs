using System.Text;

namespace Latchkey.Server.Authorize;

/// <summary>
/// The parameters of an authorization request that this server knows, with bounds, because a stranger's request is stored before any person
/// has signed in. Others are ignored and never stored.
/// </summary>
internal static class AuthorizationParameters
{
    /// <summary>Known clients put their own state, up to a few KiB, into <c>state</c>.</summary>
    public const int MaxStateBytes = 8 * 1024;

    private const int MaxScopeBytes = 8 * 1024;
    private const int MaxBytes = 4 * 1024;
    /// <summary>Each is compared with the registered resources.</summary>
    public const int MaxResources = 10;


    private static readonly string[] Known =
    [
        "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "code_challenge", "code_challenge_method",
        "prompt", "max_age", "acr_values", "login_hint", "ui_locales", "nonce", "resource",
    ];

    public static bool IsKnown(string name) => Known.Contains(name, StringComparer.Ordinal);

    /// <summary>Whether <c>state</c> can be stored, and returned in the URL of a response.</summary>
    public static bool IsStateTooLong(RequestParameters request) => IsLonger(request["state"], MaxStateBytes);

    /// <summary>Returns an error for a parameter that is too long, or sent too often.</summary>
    public static AuthorizationError? Check(RequestParameters request)
    {
        foreach (var name in Known)
        {
            var most = name == "scope" ? MaxScopeBytes : MaxBytes;
            if (name != "state" && request.All(name).FirstOrDefault(value => IsLonger(value, most)) is { } tooLong)
            {
                return AuthorizationResponseErrors.TooLong(name, Encoding.UTF8.GetByteCount(tooLong), most);
            }
        }

        return request.All("resource").Skip(MaxResources).Any()
            ? AuthorizationResponseErrors.TooManyResources(request.All("resource").Count(), MaxResources)
            : null;
    }

    private static bool IsLonger(string? value, int bytes) => value is not null && Encoding.UTF8.GetByteCount(value) > bytes;
}
