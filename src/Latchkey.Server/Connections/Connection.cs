using System.Text.Json.Serialization;

namespace Latchkey.Server.Connections;

/// <summary>
/// The login page of a company's app, where people sign in to use a resource. It is an entity of its own, because several resources may use
/// one connection, and one person is (connection, sub) at all of them.
/// </summary>
internal sealed record Connection
{
    public const int MaxUrlLength = 512;

    public required ConnectionId Id { get; init; }
    public required string LoginUrl { get; init; }
    public CallbackVerification Verification { get; init; } = CallbackVerification.Required;
    public bool IsEnabled { get; init; } = true;
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    [JsonIgnore]
    public long Revision { get; init; }

    /// <summary>The sentence that says why a text cannot be a login URL, or null.</summary>
    public static string? ValidateLoginUrl(string text)
    {
        if (text.Length > MaxUrlLength || !WebUrl.IsOne(text))
        {
            return "must be an absolute http or https URL of at most 512 printable ASCII characters, without user information";
        }

        if (text.Contains('#', StringComparison.Ordinal))
        {
            return "must not have a fragment, which would follow login_request_id in the redirect";
        }

        var url = new Uri(text);
        return url is { Scheme: "http", IsLoopback: false } ? "must be https (http only for loopback)"
            : url.Query.TrimStart('?').Split('&').Select(p => Uri.UnescapeDataString(p.Split('=')[0]))
                .Any(name => name is "login_request_id" or "state")
                ? "must not have login_request_id or state in its query, which are added to it"
            : null;
    }
}

/// <summary>What the login page appends to its redirect besides <c>state</c> (docs/threat-model.md, "login hand-off").</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CallbackVerification>))]
internal enum CallbackVerification
{
    /// <summary>The proof from the response to the report. The default: prevents session fixation of the hand-off.</summary>
    [JsonStringEnumMemberName("required")]
    Required,

    /// <summary>Nothing. Safe only when the login page asks for a click that names the client before it reports.</summary>
    [JsonStringEnumMemberName("state_only")]
    DangerousStateOnly,
}
