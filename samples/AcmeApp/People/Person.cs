using System.Globalization;
using System.Security.Claims;
using Latchkey.Sdk;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace AcmeApp.People;

/// <summary>A user of AcmeApp.</summary>
internal sealed record Person
{
    public required string Id { get; init; }

    public required string Email { get; init; }

    public required string GivenName { get; init; }

    public required string FamilyName { get; init; }

    public required string OrganizationId { get; init; }

    public required string OrganizationName { get; init; }

    public required string Role { get; init; }

    public required string PasswordHash { get; init; }

    public string Name => $"{GivenName} {FamilyName}";

    public string Initials => $"{GivenName[0]}{FamilyName[0]}";

    /// <summary>The user as reported to Latchkey. The id identifies the user, not the e-mail address, which can be reassigned.</summary>
    public LatchkeyUser ToLatchkeyUser(DateTimeOffset signedInAt) => new()
    {
        Sub = Id,
        Email = Email,
        EmailVerified = true,
        Name = Name,
        GivenName = GivenName,
        FamilyName = FamilyName,
        OrganizationExternalId = OrganizationId,
        OrganizationExternalName = OrganizationName,
        Acr = "urn:acme:login:password",
        Amr = ["pwd"],
        AuthTime = signedInAt,
    };
}

/// <summary>The contents of the session cookie: the user and the time of the sign-in.</summary>
internal sealed record Session(Person Person, DateTimeOffset SignedInAt)
{
    private const string SignedInAtClaim = "signed_in_at";

    public ClaimsPrincipal ToPrincipal() => new(new ClaimsIdentity(
        [new(ClaimTypes.NameIdentifier, Person.Id), new(ClaimTypes.Name, Person.Name), new(
            SignedInAtClaim, SignedInAt.ToString("O", CultureInfo.InvariantCulture))],
        CookieAuthenticationDefaults.AuthenticationScheme));

    /// <summary>Returns the session of a cookie, or null if there is none or the account no longer exists.</summary>
    public static Session? Of(ClaimsPrincipal principal, PeopleDirectory people) =>
        principal.FindFirstValue(ClaimTypes.NameIdentifier) is { } id
        && people.Find(id) is { } person
        && DateTimeOffset.TryParse(principal.FindFirstValue(SignedInAtClaim), CultureInfo.InvariantCulture, out var at)
            ? new Session(person, at)
            : null;
}
