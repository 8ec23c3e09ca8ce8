using Latchkey.Server.Keys;

namespace Latchkey.Server.LoginRequests;

/// <summary>
/// The secrets of one login request: keyed hashes over its id. They are not stored, can be computed again when needed, and none can be
/// computed from another. State and code begin with the id's random part, which is the key of the row.
/// </summary>
internal sealed class LoginSecrets(KeyRing keys)
{
    private const int StateLength = Ids.RandomLength + 43;

    /// <summary>Returned by the login page to the callback. Not secret: it is part of the login URL.</summary>
    public string State(LoginRequestDetails details) => details.Id.Random + Derive(details, "state");

    /// <summary>The value of the binding cookie, known only to the browser that started the sign-in.</summary>
    public string Binding(LoginRequestDetails details) => Derive(details, "binding");

    /// <summary>Returned to the backend after its report, over the back channel only: proves which browser signed in.</summary>
    public string Proof(LoginRequestDetails details) => Derive(details, "proof");

    public Secret Code(LoginRequestDetails details) => new(Secret.CodePrefix + details.Id.Random + Derive(details, "code"));

    /// <summary>The CSRF token of the consent form, bound to the login request.</summary>
    public string FormToken(LoginRequestDetails details) => Derive(details, "consent form");

    public bool IsState(LoginRequestDetails details, string given) => Secret.AreEqual(given, State(details));

    public bool IsBinding(LoginRequestDetails details, string? given) => given is not null && Secret.AreEqual(given, Binding(details));

    /// <summary><paramref name="given"/> is the parameter <c>auth_request_id</c>: id, dot, proof.</summary>
    public bool IsProof(LoginRequestDetails details, string? given) => given is not null && Secret.AreEqual(given, ProvenId(details));

    public bool IsFormToken(LoginRequestDetails details, string? given) => given is not null && Secret.AreEqual(given, FormToken(details));

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

    private string Derive(LoginRequestDetails details, string purpose)
    {
        var key = keys.FindSymmetric(details.DeriveKey)
            ?? throw new Storage.CorruptRow("login_requests", details.Id.Value, "its derivation key is missing");
        return key.Derive(purpose, details.Id.Value);
    }
}
