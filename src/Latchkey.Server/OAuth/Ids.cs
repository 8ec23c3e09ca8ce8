using System.Buffers.Binary;

namespace Latchkey.Server.OAuth;

/// <summary>
/// An id is a prefix that names the kind and 22 base62 characters from 128 random bits, at most 32 characters in all.
/// Ids are not secrets. The order in time is a column, never the id.
/// </summary>
internal static class Ids
{
    public const int RandomLength = 22;
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly (string Prefix, string Kind)[] Kinds =
    [
        (ResourceId.Prefix, "resource"),
        (ConnectionId.Prefix, "connection"),
        (ClientId.Prefix, "client"),
        (ApiClientId.Prefix, "API client"),
        (LoginRequestId.Prefix, "login request"),
        (AuthorizationId.Prefix, "auth request"),
        (GrantId.Prefix, "grant"),
        (ConsentId.Prefix, "consent"),
        (TokenId.Prefix, "token"),
        (ScopeId.Prefix, "scope"),
        (SecretId.Prefix, "secret"),
        (AuditId.Prefix, "audit entry"),
        (InitialAccessTokenId.Prefix, "initial access token"),
        (OperatorId.Prefix, "operator"),
        (WebhookEndpointId.Prefix, "webhook endpoint"),
        (WebhookEventId.Prefix, "event"),
        (WebhookDeliveryId.Prefix, "delivery"),
    ];

    public static string New(string prefix)
    {
        var number = BinaryPrimitives.ReadUInt128BigEndian(Secret.NewBytes(16));
        return string.Create(prefix.Length + RandomLength, (prefix, number), static (text, source) =>
        {
            source.prefix.CopyTo(text);
            var rest = source.number;
            for (var i = text.Length - 1; i >= source.prefix.Length; i--)
            {
                (rest, var digit) = UInt128.DivRem(rest, 62);
                text[i] = Alphabet[(int)digit];
            }
        });
    }

    /// <summary>Returns true for the prefix followed by exactly 22 base62 characters.</summary>
    public static bool IsWellFormed(string? text, string prefix) =>
        text is not null
        && text.Length == prefix.Length + RandomLength
        && text.StartsWith(prefix, StringComparison.Ordinal)
        && IsBase62(text.AsSpan(prefix.Length));

    public static bool IsBase62(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Returns the kind that the prefix names ("resource"), or null. Used in errors about an id of the wrong kind.</summary>
    public static string? KindOf(string text)
    {
        foreach (var (prefix, kind) in Kinds)
        {
            if (text.StartsWith(prefix, StringComparison.Ordinal))
            {
                return kind;
            }
        }

        return null;
    }
}

internal readonly record struct ResourceId(string Value)
{
    public const string Prefix = "res_";
    public static ResourceId New() => new(Ids.New(Prefix));
    public static ResourceId? Parse(string? text) => Ids.IsWellFormed(text, Prefix) ? new(text!) : null;
    public override string ToString() => Value;
}

internal readonly record struct ConnectionId(string Value)
{
    public const string Prefix = "conn_";
    public static ConnectionId New() => new(Ids.New(Prefix));
    public static ConnectionId? Parse(string? text) => Ids.IsWellFormed(text, Prefix) ? new(text!) : null;
    public override string ToString() => Value;
}

/// <summary>An OAuth client: <c>m2m_…</c> issued here, or the https URL of the client's metadata document.</summary>
internal readonly record struct ClientId(string Value)
{
    public const string Prefix = "m2m_";
    public static ClientId New() => new(Ids.New(Prefix));
    public static ClientId? Parse(string? text) =>
        text is not null && (Ids.IsWellFormed(text, Prefix) || ClientIdUrl.IsWellFormed(text)) ? new(text) : null;

    /// <summary>The URL of the document, or null for an id issued here.</summary>
    public string? DocumentUrl => Value.StartsWith(Prefix, StringComparison.Ordinal) ? null : Value;

    public override string ToString() => Value;
}

/// <summary>An API client. An operator may choose the part after the prefix (bootstrap): 1 to 28 characters.</summary>
internal readonly record struct ApiClientId(string Value)
{
    public const string Prefix = "skc_";
    private const int MaxLength = 32;

    public static ApiClientId New() => new(Ids.New(Prefix));

    public static ApiClientId? Parse(string? text) =>
        text is { Length: > 4 and <= MaxLength } && text.StartsWith(Prefix, StringComparison.Ordinal)
        && text.AsSpan(4).IndexOfAnyExcept(Allowed) < 0
            ? new(text)
            : null;

    private static readonly System.Buffers.SearchValues<char> Allowed =
        System.Buffers.SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-");

    public override string ToString() => Value;
}

internal readonly record struct LoginRequestId(string Value)
{
    public const string Prefix = "lri_";
    public static LoginRequestId New() => new(Ids.New(Prefix));
    public static LoginRequestId? Parse(string? text) => Ids.IsWellFormed(text, Prefix) ? new(text!) : null;

    /// <summary>The 22 characters after the prefix. State, code and cookie name contain them to find the login request.</summary>
    public string Random => Value[Prefix.Length..];

    public static LoginRequestId? FromRandom(ReadOnlySpan<char> random) =>
        random.Length == Ids.RandomLength && Ids.IsBase62(random) ? new($"{Prefix}{random}") : null;

    public override string ToString() => Value;
}

internal readonly record struct AuthorizationId(string Value)
{
    public const string Prefix = "req_";
    public static AuthorizationId New() => new(Ids.New(Prefix));
    public static AuthorizationId? Parse(string? text) => Ids.IsWellFormed(text, Prefix) ? new(text!) : null;
    public override string ToString() => Value;
}

internal readonly record struct GrantId(string Value)
{
    public const string Prefix = "grt_";
    public static GrantId New() => new(Ids.New(Prefix));
    public static GrantId? Parse(string? text) => Ids.IsWellFormed(text, Prefix) ? new(text!) : null;
    public override string ToString() => Value;
}

internal readonly record struct ConsentId(string Value)
{
    public const string Prefix = "usrcnst_";
    public static ConsentId New() => new(Ids.New(Prefix));
    public static ConsentId? Parse(string? text) => Ids.IsWellFormed(text, Prefix) ? new(text!) : null;
    public override string ToString() => Value;
}

internal readonly record struct TokenId(string Value)
{
    public const string Prefix = "tkn_";
    public static TokenId New() => new(Ids.New(Prefix));
    public override string ToString() => Value;
}

internal readonly record struct ScopeId(string Value)
{
    public const string Prefix = "scp_";
    public static ScopeId New() => new(Ids.New(Prefix));
    public override string ToString() => Value;
}

internal readonly record struct SecretId(string Value)
{
    public const string Prefix = "sec_";
    public static SecretId New() => new(Ids.New(Prefix));
    public static SecretId? Parse(string? text) => Ids.IsWellFormed(text, Prefix) ? new(text!) : null;
    public override string ToString() => Value;
}

/// <summary>An entry of the audit log.</summary>
internal readonly record struct AuditId(string Value)
{
    public const string Prefix = "aud_";
    public static AuditId New() => new(Ids.New(Prefix));
    public override string ToString() => Value;
}

internal readonly record struct InitialAccessTokenId(string Value)
{
    public const string Prefix = "iat_";
    public static InitialAccessTokenId New() => new(Ids.New(Prefix));
    public static InitialAccessTokenId? Parse(string? text) => Ids.IsWellFormed(text, Prefix) ? new(text!) : null;
    public override string ToString() => Value;
}

/// <summary>A person who uses the dashboard.</summary>
internal readonly record struct OperatorId(string Value)
{
    public const string Prefix = "opr_";
    public static OperatorId New() => new(Ids.New(Prefix));
    public static OperatorId? Parse(string? text) => Ids.IsWellFormed(text, Prefix) ? new(text!) : null;
    public override string ToString() => Value;
}

internal readonly record struct OperatorSessionId(string Value)
{
    public const string Prefix = "ops_";
    public static OperatorSessionId New() => new(Ids.New(Prefix));
    public static OperatorSessionId? Parse(string? text) => Ids.IsWellFormed(text, Prefix) ? new(text!) : null;
    public override string ToString() => Value;
}

/// <summary>A link with which an operator is created, or gets back into an account.</summary>
internal readonly record struct OperatorInviteId(string Value)
{
    public const string Prefix = "opi_";
    public static OperatorInviteId New() => new(Ids.New(Prefix));
    public static OperatorInviteId? Parse(string? text) => Ids.IsWellFormed(text, Prefix) ? new(text!) : null;
    public override string ToString() => Value;
}

/// <summary>An address of the company that events are sent to.</summary>
internal readonly record struct WebhookEndpointId(string Value)
{
    public const string Prefix = "wh_";
    public static WebhookEndpointId New() => new(Ids.New(Prefix));
    public static WebhookEndpointId? Parse(string? text) => Ids.IsWellFormed(text, Prefix) ? new(text!) : null;
    public override string ToString() => Value;
}

/// <summary>An event that is sent to webhook endpoints. The same event has the same id at every attempt.</summary>
internal readonly record struct WebhookEventId(string Value)
{
    public const string Prefix = "evt_";
    public static WebhookEventId New() => new(Ids.New(Prefix));
    public override string ToString() => Value;
}

/// <summary>One event on its way to one webhook endpoint.</summary>
internal readonly record struct WebhookDeliveryId(string Value)
{
    public const string Prefix = "whd_";
    public static WebhookDeliveryId New() => new(Ids.New(Prefix));
    public static WebhookDeliveryId? Parse(string? text) => Ids.IsWellFormed(text, Prefix) ? new(text!) : null;
    public override string ToString() => Value;
}
