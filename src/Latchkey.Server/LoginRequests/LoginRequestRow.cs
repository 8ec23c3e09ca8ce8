using System.Data.Common;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Latchkey.Server.Connections;
using Latchkey.Server.Resources;
using Latchkey.Server.Storage;

namespace Latchkey.Server.LoginRequests;

/// <summary>Reads and writes rows of <c>login_requests</c>; an impossible row throws <see cref="CorruptRow"/>.</summary>
internal static class LoginRequestRow
{
    private const string Table = "login_requests";

    /// <summary>Measured: a row with its three index entries, and one or two events with theirs.</summary>
    private const int FixedBytes = 1_536;

    public const string AwaitingLogin = "awaiting_login";
    public const string AwaitingReturn = "awaiting_return";
    public const string Refused = "refused";
    public const string AwaitingConsent = "awaiting_consent";
    public const string Confirmed = "confirmed";
    public const string AwaitingExchange = "awaiting_exchange";
    public const string Exchanged = "exchanged";
    public const string Ended = "ended";

    /// <summary>The columns in the order in which <see cref="Read"/> reads them.</summary>
    public const string Columns =
        "id, auth_request_id, connection_id, resource_id, client_id, derive_key, verification, request, created_at, login_by, stage, "
        + "report, reported_at, return_by, consent_from, consent_by, scope, decided_at, code_by, grant_id, "
        + "exchanged_at, error, reason, ended_at, subject, claims, purpose, context_at";

    /// <summary>The stored name of the stage.</summary>
    public static string StageOf(LoginRequest request) => request switch
    {
        LoginRequest.AwaitingLogin => AwaitingLogin,
        LoginRequest.AwaitingReturn => AwaitingReturn,
        LoginRequest.Refused => Refused,
        LoginRequest.AwaitingConsent => AwaitingConsent,
        LoginRequest.Confirmed => Confirmed,
        LoginRequest.AwaitingExchange => AwaitingExchange,
        LoginRequest.Exchanged => Exchanged,
        LoginRequest.Ended => Ended,
    };

    public static LoginRequest? ReadOne(DbDataReader reader) => reader.Read() ? Read(reader) : null;

    public static LoginRequest Read(DbDataReader row)
    {
        var id = row.GetString(0);
        var details = new LoginRequestDetails
        {
            Id = new(id),
            AuthorizationId = new(row.GetString(1)),
            ConnectionId = new(row.GetString(2)),
            Purpose = Purpose(row, id),
            DeriveKey = row.GetString(5),
            Verification = row.GetString(6) switch
            {
                "required" => CallbackVerification.Required,
                "state_only" => CallbackVerification.DangerousStateOnly,
                var other => throw Corrupt(id, $"verification {other}"),
            },
            CreatedAt = Time(row, 8),
            LoginBy = Time(row, 9),
            ContextReadAt = row.IsDBNull(27) ? null : Time(row, 27),
        };
        var stage = row.GetString(10);
        try
        {
            return stage switch
            {
                AwaitingLogin => new LoginRequest.AwaitingLogin(details),
                AwaitingReturn => new LoginRequest.AwaitingReturn(details, Report(row, id), Time(row, 12), Time(row, 13)),
                Refused => new LoginRequest.Refused(details, Error(row, id), Time(row, 23)),
                AwaitingConsent => new LoginRequest.AwaitingConsent(details, Report(row, id), Time(row, 12), Time(row, 14), Time(row, 15)),
                Confirmed => new LoginRequest.Confirmed(details, Report(row, id), Time(row, 12), Time(row, 14), Time(row, 15)),
                AwaitingExchange => new LoginRequest.AwaitingExchange(
                    details, Report(row, id), Time(row, 12), Scope.Parse(row.GetString(16)), Time(row, 17), Time(row, 18))
                {
                    Claims = ReadClaims(row, 25),
                    KeepsAccess = details.Request.KeepsAccess,
                    LastsAtMost = details.Request.LastsAtMost,
                    Organization = details.Request.Organization,
                },
                Exchanged => new LoginRequest.Exchanged(
                    details, Report(row, id), Scope.Parse(row.GetString(16)), new(row.GetString(19)), Time(row, 20)),
                Ended => new LoginRequest.Ended(
                    details,
                    Rows.Named<EndReason>(row.GetString(22)) ?? throw Corrupt(id, "reason"),
                    row.IsDBNull(21) ? null : Error(row, id),
                    row.IsDBNull(24) ? null : row.GetString(24),
                    row.IsDBNull(19) ? null : new GrantId(row.GetString(19)),
                    Time(row, 23)),
                _ => throw Corrupt(id, $"stage {stage}"),
            };
        }
        catch (Exception missing) when (missing is InvalidCastException or InvalidOperationException)
        {
            // The driver decides which exception a null causes.
            throw Corrupt(id, $"a column that stage {stage} needs is null");
        }
    }

    public static string Write(CallbackVerification verification) =>
        verification == CallbackVerification.Required ? "required" : "state_only";

    /// <summary>The bytes of a new row, its index entries and its events in the sign-in log.</summary>
    public static int StoredBytes(AuthorizationRequest request) => FixedBytes + Encoding.UTF8.GetByteCount(Write(request));

    /// <summary>The bytes of a new row of a purpose without a client, with its events.</summary>
    public static int StoredBytes(LoginPurpose purpose) => FixedBytes + Encoding.UTF8.GetByteCount(Write(purpose));

    /// <summary>The document of the column <c>request</c>.</summary>
    public static string Write(LoginPurpose purpose) => purpose switch
    {
        LoginPurpose.Authorization asked => Write(asked.Request),
        LoginPurpose.Test test => JsonSerializer.Serialize(
            new TestDocument(test.Session.Value, test.Browser), LoginRequestJson.Default.TestDocument),
        LoginPurpose.Account account => JsonSerializer.Serialize(
            new AccountDocument(account.Browser), LoginRequestJson.Default.AccountDocument),
    };

    public static string Write(AuthorizationRequest request) =>
        JsonSerializer.Serialize(request, LoginRequestJson.Default.AuthorizationRequest);

    public static string Write(LoginReport report) => JsonSerializer.Serialize(report, LoginRequestJson.Default.LoginReport);

    public static string Write(UserSnapshot user) => JsonSerializer.Serialize(user, LoginRequestJson.Default.UserSnapshot);

    public static string Write(OAuthError error) => JsonSerializer.Serialize(error, LoginRequestJson.Default.OAuthError);

    public static UserSnapshot ReadUser(string subject, string document) =>
        Parse("users", subject, document, LoginRequestJson.Default.UserSnapshot);

    /// <summary>The claims of a login request or grant; in rows of an older version, those that tokens carried then.</summary>
    public static IReadOnlyList<TokenClaim> ReadClaims(DbDataReader row, int column) =>
        row.IsDBNull(column) ? TokenClaims.Default : TokenClaims.Parse(row.GetString(column));

    /// <summary>
    /// The column <c>purpose</c> is null for an authorization; the columns of client and resource are empty for all others.
    /// </summary>
    private static LoginPurpose Purpose(DbDataReader row, string id) => (row.IsDBNull(26) ? null : row.GetString(26)) switch
    {
        null => new LoginPurpose.Authorization(
            new(row.GetString(4)), new(row.GetString(3)),
            Parse(Table, id, row.GetString(7), LoginRequestJson.Default.AuthorizationRequest)),
        LoginPurpose.Test.StoredName => Parse(Table, id, row.GetString(7), LoginRequestJson.Default.TestDocument).ToPurpose(),
        LoginPurpose.Account.StoredName => Parse(Table, id, row.GetString(7), LoginRequestJson.Default.AccountDocument).ToPurpose(),
        var other => throw Corrupt(id, $"purpose {other}"),
    };

    private static LoginReport Report(DbDataReader row, string id) =>
        Parse(Table, id, row.GetString(11), LoginRequestJson.Default.LoginReport);

    private static OAuthError Error(DbDataReader row, string id) =>
        Parse(Table, id, row.GetString(21), LoginRequestJson.Default.OAuthError);

    private static DateTimeOffset Time(DbDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    private static CorruptRow Corrupt(string id, string reason) => new(Table, id, reason);

    private static T Parse<T>(string table, string id, string document, JsonTypeInfo<T> json)
    {
        try
        {
            return JsonSerializer.Deserialize(document, json) ?? throw new CorruptRow(table, id, "empty document");
        }
        catch (JsonException broken)
        {
            throw new CorruptRow(table, id, broken.Message);
        }
    }
}

/// <summary>The stored form of <see cref="LoginPurpose.Test"/>.</summary>
internal sealed record TestDocument(string Session, string? BegunBy)
{
    public LoginPurpose ToPurpose() => new LoginPurpose.Test(new(Session), BegunBy);
}

/// <summary>The stored form of <see cref="LoginPurpose.Account"/>.</summary>
internal sealed record AccountDocument(string? BegunBy)
{
    public LoginPurpose ToPurpose() => new LoginPurpose.Account(BegunBy);
}

/// <summary>JSON of the stored documents. A member added later needs a default, because older rows do not have it.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(AuthorizationRequest))]
[JsonSerializable(typeof(TestDocument))]
[JsonSerializable(typeof(AccountDocument))]
[JsonSerializable(typeof(LoginReport))]
[JsonSerializable(typeof(UserSnapshot))]
[JsonSerializable(typeof(LoginFacts))]
[JsonSerializable(typeof(OAuthError))]
internal sealed partial class LoginRequestJson : JsonSerializerContext;
