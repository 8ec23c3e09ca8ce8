using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Health;

/// <summary>
/// Handles the exceptions of every request. Unavailable storage is 503 with <c>Retry-After</c>, because clients discard their tokens at
/// <c>invalid_grant</c>. Any other exception is a bug: it is logged with all details, and the response has none. Browsers get a page,
/// programs get JSON, also for the empty 404 and 405 of routing.
/// </summary>
internal sealed partial class ExceptionMiddleware(RequestDelegate next, ILogger<ExceptionMiddleware> logger)
{
    private const string RetryAfterSeconds = "2";

    private static readonly ErrorPage StorageAway = new(
        503, "temporarily_unavailable", "One moment", "The sign-in service cannot reach its storage right now.",
        "Wait a few seconds and reload this page; nothing was lost.");

    private static readonly ErrorPage Bug = new(
        500, "internal_error", "Something went wrong here", "The sign-in service had an internal error. It was logged.",
        "Go back to the program you came from and connect again.");

    private static readonly ErrorPage Unreadable = new(
        400, "invalid_request", "This request cannot be read", "Your browser sent a malformed request, or one that is too large.",
        "Go back to the program you came from and connect again.");

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            if (http.Response is { HasStarted: false, ContentType: null } response && IsApi(http.Request.Path))
            {
                await WriteRoutingErrorAsync(http, response.StatusCode);
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client disconnected, so there is no response.
        }
        catch (BadHttpRequestException bad) when (!http.Response.HasStarted)
        {
            await WriteBadRequestAsync(http, bad.StatusCode);
        }
        catch (IOException) when (!http.Response.HasStarted)
        {
            // Only reading the body throws it: the client reset the stream or disconnected, which it can do at any rate, so it is not
            // logged; or a chunk size overflows, the only malformed body that Kestrel does not report as a bad request.
            await WriteBadRequestAsync(http, StatusCodes.Status400BadRequest);
        }
        catch (StorageUnavailable away) when (!http.Response.HasStarted)
        {
            var id = AuthorizationId.New();
            StorageFailed(logger, http.Request.Method, http.Request.Path, SignInReference.Of(id), away);
            http.Response.Clear();
            http.Response.Headers.RetryAfter = RetryAfterSeconds;
            await WriteErrorAsync(http, id, Problem.StorageAway, StorageAway);
        }
        catch (Exception bug) when (!http.Response.HasStarted)
        {
            var id = AuthorizationId.New();
            Failed(logger, http.Request.Method, http.Request.Path, SignInReference.Of(id), bug);
            http.Response.Clear();
            await WriteErrorAsync(http, id, Problem.Bug, Bug);
        }
    }

    private static Task WriteBadRequestAsync(HttpContext http, int status)
    {
        http.Response.Clear();
        var tooLarge = status == StatusCodes.Status413PayloadTooLarge;
        var problem = !tooLarge ? Problem.Unreadable : Problem.Unreadable with
        {
            Code = IsManagement(http.Request.Path) ? "too_large" : "invalid_request",
            Detail = "The body is too large."
        };
        return WriteErrorAsync(http, AuthorizationId.New(), problem with { Status = status }, Unreadable with { Status = status });
    }

    private static Task WriteRoutingErrorAsync(HttpContext http, int status) => status switch
    {
        StatusCodes.Status404NotFound =>
            WriteErrorAsync(http, AuthorizationId.New(), new Problem(status, "not_found", "This URL does not exist."), page: null),
        StatusCodes.Status405MethodNotAllowed => WriteErrorAsync(
            http, AuthorizationId.New(), new Problem(
                status,
                IsManagement(http.Request.Path) ? "method_not_allowed" : "invalid_request",
                $"This URL accepts only {http.Response.Headers.Allow}."), page: null),
        _ => Task.CompletedTask,
    };

    private static async Task WriteErrorAsync(HttpContext http, AuthorizationId id, Problem problem, ErrorPage? page)
    {
        if (page is not null && IsPage(http.Request.Path))
        {
            await page.For(id).ExecuteAsync(http);
        }
        else if (IsManagement(http.Request.Path))
        {
            await problem.ExecuteAsync(http);
        }
        else
        {
            await OAuthJson.Refusal(new OAuthErrorResponse(problem.Code, problem.Status, new OAuthError(problem.Code, problem.Detail)))
                .ExecuteAsync(http);
        }
    }

    private static bool IsPage(PathString path) =>
        IsBelow(path, "/consent") || IsBelow(path, "/sso")
        || path.Value?.TrimEnd('/').EndsWith("/oauth/authorize", StringComparison.OrdinalIgnoreCase) == true;

    private static bool IsApi(PathString path) =>
        !IsPage(path) && (IsBelow(path, "/api") || IsBelow(path, "/oauth") || IsBelow(path, "/resources") || IsBelow(path, "/.well-known")
            || IsBelow(path, "/keys"));

    /// <summary>False for registration: its path is below the API, but its errors follow RFC 7591 §3.2.2.</summary>
    public static bool IsManagement(PathString path) =>
        IsBelow(path, "/api") && path.Value?.TrimEnd('/').EndsWith(":register", StringComparison.OrdinalIgnoreCase) != true;

    private static bool IsBelow(PathString path, string folder) => path.StartsWithSegments(folder, StringComparison.OrdinalIgnoreCase);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} (reference {Reference}): storage is unavailable")]
    private static partial void StorageFailed(ILogger logger, string method, PathString path, string reference, Exception reason);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} (reference {Reference}) failed")]
    private static partial void Failed(ILogger logger, string method, PathString path, string reference, Exception reason);
}
