namespace Demo;

/// <summary>A user of AcmeApp.</summary>
/// <param name="Email">The value for the field <c>email</c>.</param>
/// <param name="Password">The value for the field <c>password</c>; public on purpose,
/// because the accounts exist only on this machine.</param>
/// <param name="Name">The name that AcmeApp reports.</param>
/// <param name="Organization">The organisation that AcmeApp reports.</param>
public sealed record DemoUser(string Email, string Password, string Name, string Organization)
{
    /// <summary>Ada at Acme.</summary>
    public static readonly DemoUser Ada = new("ada@acme.example", "ada-engine-1843", "Ada Lovelace", "Acme Ltd");

    /// <summary>Bob, also at Acme.</summary>
    public static readonly DemoUser Bob = new("bob@acme.example", "bob-shipyard-1969", "Bob Marlow", "Acme Ltd");

    /// <summary>Grace, in another organisation.</summary>
    public static readonly DemoUser Grace = new("grace@globex.example", "grace-moth-1947", "Grace Hopper", "Globex Corporation");

    /// <summary>All users.</summary>
    public static IReadOnlyList<DemoUser> All { get; } = [Ada, Bob, Grace];
}
