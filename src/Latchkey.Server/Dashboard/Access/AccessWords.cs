using Latchkey.Server.Grants;

namespace Latchkey.Server.Dashboard.Access;

/// <summary>The words of the dashboard for accesses.</summary>
internal static class AccessWords
{
    /// <summary>Why an access ended.</summary>
    public static string Of(GrantEnd? end) => end switch
    {
        GrantEnd.CodeReplayed => "Its code was used twice",
        GrantEnd.RefreshTokenReplayed => "A used-up token was shown again",
        GrantEnd.RevokedByClient => "The client ended it",
        GrantEnd.DatabaseRestored => "The database was restored from a backup",
        GrantEnd.UserRevoked => "All accesses of the person were ended",
        GrantEnd.ClientDeleted => "The client was deleted",
        GrantEnd.ClientExpired => "The registration of the client expired",
        GrantEnd.ClientChanged => "The client changed, so the person has to decide again",
        GrantEnd.RevokedByOperator => "An operator ended it",
        GrantEnd.OrganizationLeft => "The person left the organisation",
        GrantEnd.ConsentRevoked => "The decision was taken back",
        null => "Ended",
        _ => throw new ArgumentOutOfRangeException(nameof(end), end, message: null),
    };
}
