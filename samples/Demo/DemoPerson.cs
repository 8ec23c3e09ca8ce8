namespace Demo;

/// <summary>Somebody who can sign in at AcmeApp.</summary>
/// <param name="Email">What to type into <c>email</c>.</param>
/// <param name="Password">What to type into <c>password</c>; public on purpose, the accounts exist only on this machine.</param>
/// <param name="Name">As AcmeApp reports it.</param>
/// <param name="Organization">As AcmeApp reports it.</param>
public sealed record DemoPerson(string Email, string Password, string Name, string Organization)
{
    /// <summary>Ada, at Acme.</summary>
    public static readonly DemoPerson Ada = new("ada@acme.example", "ada-engine-1843", "Ada Lovelace", "Acme Ltd");

    /// <summary>Bob, at Acme too.</summary>
    public static readonly DemoPerson Bob = new("bob@acme.example", "bob-shipyard-1969", "Bob Marlow", "Acme Ltd");

    /// <summary>Grace, in another organisation.</summary>
    public static readonly DemoPerson Grace = new("grace@globex.example", "grace-moth-1947", "Grace Hopper", "Globex Corporation");

    /// <summary>Everybody.</summary>
    public static IReadOnlyList<DemoPerson> All { get; } = [Ada, Bob, Grace];
}
