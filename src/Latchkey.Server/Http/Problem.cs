using System.Text.Json.Serialization;

namespace Latchkey.Server.Http;

/// <summary>An error of the management API (RFC 9457): a stable <paramref name="Code"/> for programs and one sentence
/// that says how to fix it.</summary>
/// <param name="Errors">The errors per member of the body.</param>
internal sealed record Problem(int Status, string Code, string Detail, IReadOnlyDictionary<string, string[]>? Errors = null) : IResult
{
    public static readonly Problem NoToken = new(
        401, "unauthenticated",
        "Send Authorization: Bearer with a token from POST /oauth/token (grant_type=client_credentials, an API client skc_…).");
    public static readonly Problem InvalidToken = new(
        401, "invalid_token", "The bearer token is not a valid management token of this server. Get a new one from POST /oauth/token.");
    public static readonly Problem TwoTokens = new(400, "two_credentials", "Send one Authorization header.");
    public static readonly Problem Overtaken = new(
        409, "overtaken", "It was changed at the same time. Read it again and repeat the change.");

    public static readonly Problem AddressNotAllowed = new(
        403, "address_not_allowed", "The address of the caller is not in the allowed_addresses of this API client.");

    public static readonly Problem Unreadable = new(400, "invalid_request", "The request cannot be read.");
    public static readonly Problem StorageAway = new(
        503, "temporarily_unavailable", "The storage cannot be reached; try again in a few seconds.");
    public static readonly Problem Bug = new(500, "server_error", "An internal error occurred. The log of the server has the details.");

    public ProblemBody Body => new("about:blank", Title(Status), Status, Detail, Code, Errors);

    /// <summary>Set when a later attempt can succeed.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Ends the sentence with the reference of the sign-in.</summary>
    public Problem WithReference(string reference) => this with { Detail = $"{Detail} Reference {reference}" };

    public static Problem Forbidden(string role) => new(403, "forbidden", $"The role {role} does not allow this operation.");

    /// <summary>Names the kind of an id of another kind. Text that is not an id is not repeated.</summary>
    public static Problem NotFound(string kind, string id) => new(
        404,
        $"{kind.Replace(' ', '_').ToLowerInvariant()}_not_found",
        Ids.KindOf(id) is { } other && other != kind
            ? $"{OAuthError.Printable(id)} is {WithArticle(other)}; this path takes {WithArticle(kind)}."
            : $"No {kind} has this id.");

    public static Problem Invalid(string member, string what) =>
        Invalid(new Dictionary<string, string[]>(StringComparer.Ordinal) { [member] = [what] });

    public static Problem Invalid(IReadOnlyDictionary<string, string[]> errors) =>
        new(400, "invalid_argument", string.Join(' ', errors.Select(e => $"{e.Key} {string.Join(", ", e.Value)}.")), errors);

    /// <summary>
    /// A challenge has at least one parameter behind the scheme (RFC 6750 §3),
    /// and names an error only if the request carried a token (§3.1).
    /// </summary>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = JsonResult.Of(Status, Body, ProblemJson.Default.ProblemBody) with
        {
            ContentType = "application/problem+json",
            Challenge = Status != StatusCodes.Status401Unauthorized ? null
                : Code == "invalid_token" ? "Bearer error=\"invalid_token\""
                : "Bearer realm=\"latchkey\"",
            RetryAfterSeconds = RetryAfterSeconds,
        };
        return response.ExecuteAsync(httpContext);
    }

    private static string WithArticle(string kind) => (kind[0] is 'a' or 'A' or 'i' or 'o' ? "an " : "a ") + kind;

    private static string Title(int status) => status switch
    {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Error",
    };
}

internal sealed record ProblemBody(
    string Type, string Title, int Status, string Detail, string Code, IReadOnlyDictionary<string, string[]>? Errors);

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ProblemBody))]
internal sealed partial class ProblemJson : JsonSerializerContext;
