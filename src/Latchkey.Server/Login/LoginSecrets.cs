using Latchkey.Server.Authorize;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Login;

/// <summary>
/// The secrets of one login request: keyed hashes over its id, so none of them is stored, each can be given again to who may have it,
/// and none can be computed from another. State and code begin with the id's random part, which leads to the row by its primary key.
/// </summary>
internal sealed class LoginSecrets(KeyRing keys)
{
    private const int StateLength = Ids.RandomLength + 43;

    /// <summary>What the login page carries back to the callback; everyone who saw the login URL knows it.</summary>
    public string State(LoginVisit visit) => visit.Id.Random + Derive(visit, "state");

    /// <summary>Known only to the browser that began: the value of the binding cookie.</summary>
    public string Binding(LoginVisit visit) => Derive(visit, "binding");

    /// <summary>Handed out once the report arrived, on the back channel only: what tells the finishing browser from any other.</summary>
    public string Proof(LoginVisit visit) => Derive(visit, "proof");

    public Secret Code(LoginVisit visit) => new(Secret.CodePrefix + visit.Id.Random + Derive(visit, "code"));

    /// <summary>The form token of the consent page: bound to the login request and to the cookie that belongs to it.</summary>
    public string FormToken(LoginVisit visit) => Derive(visit, "consent form");

    public bool IsState(LoginVisit visit, string given) => Secret.AreEqual(given, State(visit));

    public bool IsBinding(LoginVisit visit, string? given) => given is not null && Secret.AreEqual(given, Binding(visit));

    /// <summary><paramref name="given"/> is the parameter <c>auth_request_id</c>: id, dot, proof.</summary>
    public bool IsProof(LoginVisit visit, string? given) => given is not null && Secret.AreEqual(given, ProvenId(visit));

    public bool IsFormToken(LoginVisit visit, string? given) => given is not null && Secret.AreEqual(given, FormToken(visit));

    public bool IsCode(LoginVisit visit, string given) => Secret.AreEqual(given, Code(visit).Value);

    /// <summary>The auth request's id with the proof behind the dot.</summary>
    public string ProvenId(LoginVisit visit) => $"{visit.AuthRequestId}.{Proof(visit)}";

    /// <summary>The login request a state claims to belong to; whether it does is <see cref="IsState"/>'s question.</summary>
    public static LoginRequestId? ClaimedByState(string state) =>
        state.Length == StateLength ? LoginRequestId.FromRandom(state.AsSpan(0, Ids.RandomLength)) : null;

    /// <summary>The login request a code claims to come from.</summary>
    public static LoginRequestId? ClaimedByCode(string code) =>
        code.Length == Secret.CodePrefix.Length + StateLength && code.StartsWith(Secret.CodePrefix, StringComparison.Ordinal)
            ? LoginRequestId.FromRandom(code.AsSpan(Secret.CodePrefix.Length, Ids.RandomLength))
            : null;

    private string Derive(LoginVisit visit, string purpose)
    {
        var key = keys.FindSymmetric(visit.DeriveKey) ?? throw new Storage.CorruptRow("login_requests", visit.Id.Value, "its key is gone");
        return key.Derive(purpose, visit.Id.Value);
    }
}
