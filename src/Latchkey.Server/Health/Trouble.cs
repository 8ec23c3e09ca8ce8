using Latchkey.Server.Management;
using Latchkey.Server.OAuth;
using Latchkey.Server.Pages;
using Latchkey.Server.Storage;
using Latchkey.Server.Token;

namespace Latchkey.Server.Health;

/// <summary>
/// The last catch of every request. Storage away is 503 with <c>Retry-After</c> (a client that hears <c>invalid_grant</c> throws its tokens away); anything
/// else is a bug: logged whole, answered without a word of it. A browser gets a page, a machine JSON.
/// </summary>
internal sealed partial class Trouble(RequestDelegate next, ILogger<Trouble> logger)
{
    private const string RetryAfterSeconds = "2";

    private static readonly PageRefusal StorageAway = new(
        503, "temporarily_unavailable", "One moment", "The sign-in service cannot reach its storage right now.", "Wait a few seconds and reload this page; nothing was lost.");

    private static readonly PageRefusal Bug = new(
        500, "internal_error", "Something went wrong here", "The sign-in service made a mistake. It was recorded.", "Go back to the program you came from and connect again.");

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller went away; there is nobody to answer.
        }
        catch (BadHttpRequestException bad) when (!http.Response.HasStarted)
        {
            http.Response.Clear();
            await AnswerAsync(http, bad.StatusCode, "invalid_request", "The request cannot be read.", page: null);
        }
        catch (StorageUnavailable away) when (!http.Response.HasStarted)
        {
            StorageFailed(logger, http.Request.Method, http.Request.Path, away);
            http.Response.Clear();
            http.Response.Headers.RetryAfter = RetryAfterSeconds;
            await AnswerAsync(http, 503, "temporarily_unavailable", "The storage cannot be reached; try again in a few seconds.", StorageAway);
        }
        catch (Exception bug) when (!http.Response.HasStarted)
        {
            Failed(logger, http.Request.Method, http.Request.Path, bug);
            http.Response.Clear();
            await AnswerAsync(http, 500, "server_error", "The server made a mistake; it was recorded.", Bug);
        }
    }

    private static async Task AnswerAsync(HttpContext http, int status, string code, string description, PageRefusal? page)
    {
        var path = http.Request.Path;
        if (page is not null && (path.StartsWithSegments("/consent", StringComparison.OrdinalIgnoreCase) || path.StartsWithSegments("/sso", StringComparison.OrdinalIgnoreCase) || path.Value?.EndsWith("/oauth/authorize", StringComparison.Ordinal) == true))
        {
            await page.For(AuthRequestId.New()).ExecuteAsync(http);
        }
        else if (path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase))
        {
            await new Problem(status, code, description).ExecuteAsync(http);
        }
        else
        {
            await OAuthJson.Refusal(new TokenRefusal(code, status, new OAuthError(code, description))).ExecuteAsync(http);
        }
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Path}: storage is not available")]
    private static partial void StorageFailed(ILogger logger, string method, PathString path, Exception reason);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private static partial void Failed(ILogger logger, string method, PathString path, Exception reason);
}
