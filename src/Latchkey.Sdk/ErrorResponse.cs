using System.Net;
using System.Text.Json;

namespace Latchkey.Sdk;

/// <summary>The kind of call that failed: the same status has different meanings for a login page.</summary>
internal enum ErrorContext
{
    Credential,
    LoginRequest,
    User,
}

/// <summary>Turns an error response into a <see cref="LatchkeyException"/>.</summary>
internal static class ErrorResponse
{
    public static async Task<LatchkeyException> ReadAsync(
        HttpResponseMessage response, ErrorContext context, CancellationToken cancellationToken)
    {
        var problem = await ReadProblemAsync(response, cancellationToken);
        var code = problem?.Code ?? problem?.Error;
        var detail = problem?.Detail ?? problem?.ErrorDescription;
        return new LatchkeyException(
            FailureOf(response.StatusCode, code, context),
            $"Latchkey responded with {response.StatusCode:D}{(code is null ? "" : $" {code}")}: "
            + $"{detail ?? problem?.Title ?? response.ReasonPhrase}")
        {
            Status = response.StatusCode,
            Code = code,
            Title = problem?.Title,
            Detail = detail,
            Errors = ReadErrors(problem?.Errors),
        };
    }

    private static LatchkeyFailure FailureOf(HttpStatusCode status, string? code, ErrorContext context) => ((int)status, context) switch
    {
        (429 or >= 500, _) => LatchkeyFailure.Unavailable,
        (401 or 403, _) or (_, ErrorContext.Credential) => LatchkeyFailure.CredentialRefused,
        (404, _) when code is "connection_not_found" => LatchkeyFailure.CredentialRefused,
        (404, ErrorContext.LoginRequest) => LatchkeyFailure.LoginRequestUnknown,
        (404, ErrorContext.User) => LatchkeyFailure.UserUnknown,
        (410, _) => LatchkeyFailure.LoginRequestExpired,
        (409, ErrorContext.LoginRequest) when code is "other_user_reported" => LatchkeyFailure.LoginRequestOfOtherUser,
        (409, ErrorContext.LoginRequest) => LatchkeyFailure.LoginRequestAnswered,
        (422, ErrorContext.LoginRequest) => LatchkeyFailure.LoginNotFresh,
        (400 or 422, _) => LatchkeyFailure.UserInvalid,
        _ => LatchkeyFailure.Unexpected,
    };

    private static async Task<ProblemResponse?> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return body.Length == 0 ? null : JsonSerializer.Deserialize(body, LatchkeyJson.Default.ProblemResponse);
        }
        catch (Exception unreadable) when (unreadable is JsonException or HttpRequestException)
        {
            // A proxy may have responded with an HTML page. The status alone decides then.
            return null;
        }
    }

    private static Dictionary<string, IReadOnlyList<string>> ReadErrors(JsonElement? errors)
    {
        var read = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (errors is not { ValueKind: JsonValueKind.Object } fields)
        {
            return read;
        }

        foreach (var field in fields.EnumerateObject())
        {
            read[field.Name] = field.Value.ValueKind == JsonValueKind.Array
                ? [.. field.Value.EnumerateArray().Select(text => text.ToString())]
                : [field.Value.ToString()];
        }

        return read;
    }
}
