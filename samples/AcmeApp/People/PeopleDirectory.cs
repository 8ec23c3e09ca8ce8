using Microsoft.AspNetCore.Identity;

namespace AcmeApp.People;

/// <summary>Acme's accounts from people.json, with password hashes.</summary>
internal sealed class PeopleDirectory(IConfiguration configuration)
{
    private readonly PasswordHasher<Person> hasher = new();
    private readonly IReadOnlyList<Person> people = configuration.GetSection("People").Get<List<Person>>() ?? [];

    /// <summary>Returns the account with this address and password, or null. An unknown address takes as long as a wrong
    /// password (user enumeration).</summary>
    public Person? FindByPassword(string? email, string? password)
    {
        var person = people.FirstOrDefault(p => string.Equals(p.Email, email?.Trim(), StringComparison.OrdinalIgnoreCase));
        var measuredAgainst = person ?? people[0];
        var isRight =
            hasher.VerifyHashedPassword(measuredAgainst, measuredAgainst.PasswordHash, password ?? "") != PasswordVerificationResult.Failed;
        return isRight ? person : null;
    }

    public Person? Find(string id) => people.FirstOrDefault(p => p.Id.Equals(id, StringComparison.Ordinal));
}
