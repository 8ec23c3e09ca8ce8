namespace Latchkey.Server.Operators;

/// <summary>A person who uses the dashboard.</summary>
internal sealed record Operator
{
    public const int MaxNameLength = 100;
    public const int MaxEmailLength = 254;

    public required OperatorId Id { get; init; }

    /// <summary>In lower case. Unique.</summary>
    public required string Email { get; init; }
    public required string Name { get; init; }
    public required OperatorRole Role { get; init; }

    /// <summary>A hash of the framework's <c>PasswordHasher</c>, or null for an operator who uses passkeys only.</summary>
    public string? PasswordHash { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public Actor.Operator Actor => new(Id);

    /// <summary>Returns the address in the form that is stored, or null when the text is no e-mail address.</summary>
    public static string? ReadEmail(string? text)
    {
        var email = text?.Trim().ToLowerInvariant() ?? "";
        return email.Length <= MaxEmailLength && email.Split('@') is [{ Length: > 0 }, { Length: > 0 }]
            && !email.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))
                ? email
                : null;
    }
}

/// <summary>What an operator may do. Each role includes the former one.</summary>
public enum OperatorRole
{
    /// <summary>Reads everything except secrets, and changes only the own account.</summary>
    Viewer,

    /// <summary>Changes everything except operators, keys, <c>state_only</c>, retention, and the existence of MCP servers.</summary>
    Admin,

    /// <summary>Changes everything.</summary>
    Owner,
}

internal static class OperatorRoles
{
    /// <summary>The name that is stored, in forms and in the audit log.</summary>
    public static string Name(this OperatorRole role) => role switch
    {
        OperatorRole.Viewer => "viewer",
        OperatorRole.Admin => "admin",
        OperatorRole.Owner => "owner",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, message: null),
    };

    public static OperatorRole? Parse(string? name) => name switch
    {
        "viewer" => OperatorRole.Viewer,
        "admin" => OperatorRole.Admin,
        "owner" => OperatorRole.Owner,
        _ => null,
    };
}
