using System.Text.Json.Serialization;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Connections;

/// <summary>
/// How people sign in to reach a resource: the login page of the company's app. An entity of its own, because several resources may use one
/// connection, and one person is (connection, sub) at all of them.
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
    public static string? WhyNotLoginUrl(string text)
    {
        if (text.Length > MaxUrlLength || !WebUrl.IsOne(text))
        {
            return "must be an absolute http or https URL of at most 512 printable ASCII characters, without user information";
        }

        if (text.Contains('#', StringComparison.Ordinal))
        {
            return "must have no fragment: the browser would keep it and login_request_id would end behind it";
        }

        return new Uri(text) is { Scheme: "http", IsLoopback: false } ? "must be https (http only for loopback)" : null;
    }
}

/// <summary>What the browser must bring back from the login page besides <c>state</c> (docs/threat-model.md, "login hand-off").</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CallbackVerification>))]
internal enum CallbackVerification
{
    /// <summary>The proof that the report was answered with. The default: the hand-off cannot be fixated.</summary>
    [JsonStringEnumMemberName("required")]
    Required,

    /// <summary>Nothing more. For unmodified integrations; safe only when the login page asks for a click that names the client before it reports.</summary>
    [JsonStringEnumMemberName("state_only")]
    DangerousStateOnly,
}
