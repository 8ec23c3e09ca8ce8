namespace Latchkey.Server.SignIns;

/// <summary>The step at which a sign-in stopped, in the order in which a sign-in passes them.</summary>
internal enum Station
{
    /// <summary>Discovery and registration: there is no sign-in yet.</summary>
    Find,

    /// <summary>The authorization request.</summary>
    Ask,

    /// <summary>The company's login page and the report of its backend.</summary>
    LogIn,

    /// <summary>The return of the browser.</summary>
    Return,
    Consent,

    /// <summary>The code exchange.</summary>
    Token,

    /// <summary>The refresh.</summary>
    Renew,
}

/// <summary>The party that can remove a cause.</summary>
internal enum Fixer
{
    Nobody,
    ClientVendor,
    LoginPage,
    McpServer,
    Operator,
    Person,
}

/// <summary>
/// Why a sign-in stopped. The catalogue (<see cref="Causes"/>) has each cause once; every refusal names its cause, and so does every ending
/// that comes by the passage of time.
/// </summary>
/// <param name="Code">Stable, snake_case; part of the API and listed in docs/reference/causes.md.</param>
/// <param name="FixedBy">The parties that can remove the cause, the most likely one first.</param>
/// <param name="Title">What happened, in one sentence. <c>{name}</c> stands for the fact of that name (<see cref="Fact"/>).</param>
/// <param name="Explanation">Why that stops a sign-in.</param>
/// <param name="Fix">What the party can do about it. Names a thing that can be done.</param>
/// <param name="Compared">The two values that differ.</param>
internal sealed record Cause(
    string Code, Station Station, IReadOnlyList<Fixer> FixedBy, string Title, string Explanation, string Fix, Compared Compared)
{
    /// <summary>What the operator can tell the person, where that helps. Null otherwise.</summary>
    public string? ForPerson { get; init; }
}
