using Microsoft.AspNetCore.Identity;

namespace AcmeApp.People;

/// <summary>Acme's accounts, from people.json. Passwords are there only as hashes.</summary>
internal sealed class PeopleDirectory(IConfiguration configuration)
{
    private readonly PasswordHasher<Person> hasher = new();
    private readonly IReadOnlyList<Person> people = configuration.GetSection("People").Get<List<Person>>() ?? [];

    /// <summary>The person whose password this is, or null. A stranger costs as much time as a wrong password, so that addresses cannot be tried out.</summary>
    public Person? FindByPassword(string? email, string? password)
    {
        var person = people.FirstOrDefault(p => string.Equals(p.Email, email?.Trim(), StringComparison.OrdinalIgnoreCase));
        var measuredAgainst = person ?? people[0];
        var isRight = hasher.VerifyHashedPassword(measuredAgainst, measuredAgainst.PasswordHash, password ?? "") != PasswordVerificationResult.Failed;
        return isRight ? person : null;
    }

    public Person? Find(string id) => people.FirstOrDefault(p => p.Id.Equals(id, StringComparison.Ordinal));
}
