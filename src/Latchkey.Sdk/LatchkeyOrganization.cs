namespace Latchkey.Sdk;

/// <summary>An organisation of a user (<see cref="LatchkeyUser.Organizations"/>).</summary>
public sealed record LatchkeyOrganization
{
    /// <summary>The company's id of the organisation; the token's <c>org_id</c>.</summary>
    public required string ExternalId { get; init; }

    /// <summary>The name, at most 200 characters; shown on the consent page.</summary>
    public string? Name { get; init; }
}
