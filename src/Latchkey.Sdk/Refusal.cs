using System.Net;
using System.Text.Json;

namespace Latchkey.Sdk;

/// <summary>What the refused call was about; the same status means different things to a login page.</summary>
internal enum RefusalContext
{
    Credential,
    LoginRequest,
    User,
}

/// <summary>Reads an answer that is no success into the exception a caller can act on.</summary>
internal static class Refusal
{
    public static async Task<LatchkeyException> ReadAsync(HttpResponseMessage response, RefusalContext context, CancellationToken cancellationToken)
    {
        var problem = await ReadProblemAsync(response, cancellationToken);
        var code = problem?.Code ?? problem?.Error;
        var detail = problem?.Detail ?? problem?.ErrorDescription;
        return new LatchkeyException(
            FailureOf(response.StatusCode, code, context),
            $"Latchkey answered {response.StatusCode:D}{(code is null ? "" : $" {code}")}: {detail ?? problem?.Title ?? response.ReasonPhrase}")
        {
            Status = response.StatusCode,
            Code = code,
            Title = problem?.Title,
            Detail = detail,
            Errors = ReadErrors(problem?.Errors),
        };
    }

    private static LatchkeyFailure FailureOf(HttpStatusCode status, string? code, RefusalContext context) => ((int)status, context) switch
    {
        (429 or >= 500, _) => LatchkeyFailure.Unavailable,
        (401 or 403, _) or (_, RefusalContext.Credential) => LatchkeyFailure.CredentialRefused,
        (404, _) when code is "connection_not_found" => LatchkeyFailure.CredentialRefused,
        (404, RefusalContext.LoginRequest) => LatchkeyFailure.LoginRequestUnknown,
        (404, RefusalContext.User) => LatchkeyFailure.UserUnknown,
        (410, _) => LatchkeyFailure.LoginRequestExpired,
        (409, RefusalContext.LoginRequest) when code is "other_user_reported" => LatchkeyFailure.LoginRequestOfOtherUser,
        (409, RefusalContext.LoginRequest) => LatchkeyFailure.LoginRequestAnswered,
        (422, RefusalContext.LoginRequest) => LatchkeyFailure.LoginNotFresh,
        (400 or 422, _) => LatchkeyFailure.UserInvalid,
        _ => LatchkeyFailure.Unexpected,
    };

    private static async Task<ProblemAnswer?> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return body.Length == 0 ? null : JsonSerializer.Deserialize(body, LatchkeyJson.Default.ProblemAnswer);
        }
        catch (Exception unreadable) when (unreadable is JsonException or HttpRequestException)
        {
            // A proxy in between may answer with a page; the status alone decides then.
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
