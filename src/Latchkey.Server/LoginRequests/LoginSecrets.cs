using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Server.Keys;

namespace Latchkey.Server.LoginRequests;

/// <summary>
/// The secrets of one login request: keyed hashes over its id. They are not stored, can be computed again when needed, and none can be
/// computed from another. State and code begin with the id's random part, which is the key of the row.
/// </summary>
internal sealed class LoginSecrets(KeyRing keys)
{
    private const int StateLength = Ids.RandomLength + 43;
    private const string FormPurpose = "consent form\n";
    private const string AccountFormPurpose = "account form\n";
    private const string FirstBinding = "binding";
    private const string RenewedBinding = "renewed binding";

    /// <summary>Returned by the login page to the callback. Not secret: it is part of the login URL.</summary>
    public string State(LoginRequestDetails details) => details.Id.Random + Derive(details, "state");

    /// <summary>
    /// The value of the binding cookie, known only to the browser that started the sign-in. It is renewed when the browser returns from the
    /// login page: a value that was planted in another browser before is worth nothing after the person has signed in there.
    /// </summary>
    public string Binding(LoginRequest request) => Derive(request.Details, HasReturned(request) ? RenewedBinding : FirstBinding);

    /// <summary>Returned to the backend after its report, over the back channel only: proves which browser signed in.</summary>
    public string Proof(LoginRequestDetails details) => Derive(details, "proof");

    public Secret Code(LoginRequestDetails details) => new(Secret.CodePrefix + details.Id.Random + Derive(details, "code"));

    /// <summary>
    /// The CSRF token of the consent form, bound to the login request and to what the page showed: a hash of it, a dot, and a keyed hash.
    /// </summary>
    /// <param name="shown">Everything that the person read.</param>
    public string FormToken(LoginRequestDetails details, string shown)
    {
        var hash = HashOfShown(shown);
        return hash + "." + Derive(details, FormPurpose + hash);
    }

    /// <summary>The secret part of the cookie of the page of connected programs.</summary>
    public string AccountSession(LoginRequestDetails details) => Derive(details, "account session");

    /// <summary>The CSRF token of a form of that page: for one session and one path.</summary>
    public string AccountForm(LoginRequestDetails details, string path) => Derive(details, AccountFormPurpose + path);

    public bool IsAccountSession(LoginRequestDetails details, string given) => Secret.AreEqual(given, AccountSession(details));

    public bool IsAccountForm(LoginRequestDetails details, string path, string? given) =>
        given is not null && Secret.AreEqual(given, AccountForm(details, path));

    public bool IsState(LoginRequestDetails details, string given) => Secret.AreEqual(given, State(details));

    /// <summary>
    /// Whether this browser holds the current cookie. An ended login request has only error pages to show, so both values do.
    /// </summary>
    public bool IsBinding(LoginRequest request, string? given) => given is not null
        && (Secret.AreEqual(given, Binding(request))
            || (request is LoginRequest.Ended && Secret.AreEqual(given, Derive(request.Details, RenewedBinding))));

    /// <summary>Whether this is the cookie of before the return: the response that renewed it may have been lost.</summary>
    public bool IsFormerBinding(LoginRequest request, string? given) =>
        given is not null && HasReturned(request) && Secret.AreEqual(given, Derive(request.Details, FirstBinding));

    /// <summary><paramref name="given"/> is the parameter <c>auth_request_id</c>: id, dot, proof.</summary>
    public bool IsProof(LoginRequestDetails details, string? given) => given is not null && Secret.AreEqual(given, ProvenId(details));

    public bool IsFormToken(LoginRequestDetails details, string? given) =>
        given?.Split('.') is [var hash, var derived] && Secret.AreEqual(derived, Derive(details, FormPurpose + hash));

    /// <summary>Whether a verified form token is that of a page which showed the same.</summary>
    public static bool Showed(string formToken, string shown) =>
        formToken.StartsWith(HashOfShown(shown) + ".", StringComparison.Ordinal);

    public bool IsCode(LoginRequestDetails details, string given) => Secret.AreEqual(given, Code(details).Value);

    /// <summary>The authorization's id, a dot, and the proof.</summary>
    public string ProvenId(LoginRequestDetails details) => $"{details.AuthorizationId}.{Proof(details)}";

    /// <summary>The login request that a state names; <see cref="IsState"/> verifies it.</summary>
    public static LoginRequestId? ClaimedByState(string state) =>
        state.Length == StateLength ? LoginRequestId.FromRandom(state.AsSpan(0, Ids.RandomLength)) : null;

    /// <summary>The login request that a code names; <see cref="IsCode"/> verifies it.</summary>
    public static LoginRequestId? ClaimedByCode(string code) =>
        code.Length == Secret.CodePrefix.Length + StateLength && code.StartsWith(Secret.CodePrefix, StringComparison.Ordinal)
            ? LoginRequestId.FromRandom(code.AsSpan(Secret.CodePrefix.Length, Ids.RandomLength))
            : null;

    private static string HashOfShown(string shown) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(shown)).AsSpan(0, 16));

    private static bool HasReturned(LoginRequest request) =>
        request is LoginRequest.AwaitingConsent or LoginRequest.Confirmed or LoginRequest.AwaitingExchange or LoginRequest.Exchanged;

    private string Derive(LoginRequestDetails details, string purpose)
    {
        var key = keys.FindSymmetric(details.DeriveKey)
            ?? throw new Storage.CorruptRow("login_requests", details.Id.Value, "its derivation key is missing");
        return key.Derive(purpose, details.Id.Value);
    }
}
