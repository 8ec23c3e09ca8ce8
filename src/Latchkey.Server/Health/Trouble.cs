using Latchkey.Server.Journeys;
using Latchkey.Server.Management;
using Latchkey.Server.OAuth;
using Latchkey.Server.Pages;
using Latchkey.Server.Storage;
using Latchkey.Server.Token;

namespace Latchkey.Server.Health;

/// <summary>
/// The last catch of every request. Storage away is 503 with <c>Retry-After</c> (a client that hears <c>invalid_grant</c> throws its tokens away); anything
/// else is a bug: logged whole, answered without a word of it. A browser gets a page, a machine JSON; a machine also where routing found no address
/// or no method and says nothing by itself.
/// </summary>
internal sealed partial class Trouble(RequestDelegate next, ILogger<Trouble> logger)
{
    private const string RetryAfterSeconds = "2";

    private static readonly PageRefusal StorageAway = new(
        503, "temporarily_unavailable", "One moment", "The sign-in service cannot reach its storage right now.", "Wait a few seconds and reload this page; nothing was lost.");

    private static readonly PageRefusal Bug = new(
        500, "internal_error", "Something went wrong here", "The sign-in service made a mistake. It was recorded.", "Go back to the program you came from and connect again.");

    private static readonly PageRefusal Unreadable = new(
        400, "invalid_request", "This request cannot be read", "What your browser sent here is broken, or larger than anything this page takes.",
        "Go back to the program you came from and connect again.");

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            if (http.Response is { HasStarted: false, ContentType: null } response && IsForMachines(http.Request.Path))
            {
                await SayWhatRoutingFoundAsync(http, response.StatusCode);
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller went away; there is nobody to answer.
        }
        catch (BadHttpRequestException bad) when (!http.Response.HasStarted)
        {
            await RefuseAsync(http, bad.StatusCode);
        }
        catch (IOException broken) when (broken.InnerException is OverflowException && !http.Response.HasStarted)
        {
            // A chunk whose size no number holds is the one unreadable body that the server beneath does not call a bad request.
            await RefuseAsync(http, StatusCodes.Status400BadRequest);
        }
        catch (StorageUnavailable away) when (!http.Response.HasStarted)
        {
            var id = AuthRequestId.New();
            StorageFailed(logger, http.Request.Method, http.Request.Path, JourneyReference.Of(id), away);
            http.Response.Clear();
            http.Response.Headers.RetryAfter = RetryAfterSeconds;
            await AnswerAsync(http, id, Problem.StorageAway, StorageAway);
        }
        catch (Exception bug) when (!http.Response.HasStarted)
        {
            var id = AuthRequestId.New();
            Failed(logger, http.Request.Method, http.Request.Path, JourneyReference.Of(id), bug);
            http.Response.Clear();
            await AnswerAsync(http, id, Problem.Bug, Bug);
        }
    }

    private static Task RefuseAsync(HttpContext http, int status)
    {
        http.Response.Clear();
        var tooLarge = status == StatusCodes.Status413PayloadTooLarge;
        var problem = !tooLarge ? Problem.Unreadable : Problem.Unreadable with { Code = IsManagement(http.Request.Path) ? "too_large" : "invalid_request", Detail = "The body is too large." };
        return AnswerAsync(http, AuthRequestId.New(), problem with { Status = status }, Unreadable with { Status = status });
    }

    private static Task SayWhatRoutingFoundAsync(HttpContext http, int status) => status switch
    {
        StatusCodes.Status404NotFound => AnswerAsync(http, AuthRequestId.New(), new Problem(status, "not_found", "Nothing has this address."), page: null),
        StatusCodes.Status405MethodNotAllowed => AnswerAsync(
            http, AuthRequestId.New(), new Problem(status, IsManagement(http.Request.Path) ? "method_not_allowed" : "invalid_request", $"This address takes {http.Response.Headers.Allow}."), page: null),
        _ => Task.CompletedTask,
    };

    private static async Task AnswerAsync(HttpContext http, AuthRequestId id, Problem problem, PageRefusal? page)
    {
        if (page is not null && IsForPeople(http.Request.Path))
        {
            await page.For(id).ExecuteAsync(http);
        }
        else if (IsManagement(http.Request.Path))
        {
            await problem.ExecuteAsync(http);
        }
        else
        {
            await OAuthJson.Refusal(new TokenRefusal(problem.Code, problem.Status, new OAuthError(problem.Code, problem.Detail))).ExecuteAsync(http);
        }
    }

    private static bool IsForPeople(PathString path) =>
        IsBelow(path, "/consent") || IsBelow(path, "/sso") || path.Value?.TrimEnd('/').EndsWith("/oauth/authorize", StringComparison.OrdinalIgnoreCase) == true;

    private static bool IsForMachines(PathString path) =>
        !IsForPeople(path) && (IsBelow(path, "/api") || IsBelow(path, "/oauth") || IsBelow(path, "/resources") || IsBelow(path, "/.well-known") || IsBelow(path, "/keys"));

    /// <summary>Registration lies below the API and speaks as the RFC wants (RFC 7591 §3.2.2).</summary>
    private static bool IsManagement(PathString path) => IsBelow(path, "/api") && path.Value?.TrimEnd('/').EndsWith(":register", StringComparison.OrdinalIgnoreCase) != true;

    private static bool IsBelow(PathString path, string folder) => path.StartsWithSegments(folder, StringComparison.OrdinalIgnoreCase);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} (reference {Reference}): storage is not available")]
    private static partial void StorageFailed(ILogger logger, string method, PathString path, string reference, Exception reason);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} (reference {Reference}) failed")]
    private static partial void Failed(ILogger logger, string method, PathString path, string reference, Exception reason);
}
