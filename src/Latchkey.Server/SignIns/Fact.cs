namespace Latchkey.Server.SignIns;

/// <summary>Whether a fact was sent by the other party, or expected by this server, or is neither (<c>Seen</c>).</summary>
internal enum FactKind
{
    Sent,
    Expected,
    Seen,
}

/// <summary>
/// One value that a decision rested on, e.g. the redirect URI that was sent, and beside it the registered ones. Values are shortened and
/// escaped when they are recorded. Never a code, token, verifier, secret, cookie or <c>state</c>.
/// </summary>
/// <param name="Name">
/// One of the allow-listed names (<see cref="FactNames"/>), the parameter or member of the wire where there is one.
/// </param>
internal sealed record Fact(FactKind Kind, string Name, string Value)
{
    /// <summary>What the other party sent. A client id is recorded as <see cref="SentClientId"/> says.</summary>
    public static Fact Sent(string name, string value) =>
        new(FactKind.Sent, name, name == FactNames.ClientId ? SentClientId.Shown(value) : value);

    public static Fact Expected(string name, string value) => new(FactKind.Expected, name, value);

    public static Fact Seen(string name, string value) => new(FactKind.Seen, name, value);
}
