using Latchkey.Server.Pages;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Health;

/// <summary>
/// Handles the exceptions of every request. Unavailable storage is 503 with <c>Retry-After</c>, because clients discard their tokens at
/// <c>invalid_grant</c>. Any other exception is a bug: it is logged with all details, and the response has none. Browsers get a page,
/// programs get JSON, also for the empty 404 and 405 of routing.
/// </summary>
internal sealed partial class ExceptionMiddleware(RequestDelegate next, RefusalLog refusals, ILogger<ExceptionMiddleware> logger)
{
    private const string RetryAfterSeconds = "2";
    private const string NotFoundEvent = "request.not_found";

    private static readonly ErrorPage StorageAway = new(
        FindCauses.ServerBusy, 503, "temporarily_unavailable", texts => texts.StorageAway);

    private static readonly ErrorPage StorageRefusesWrites = StorageAway with
    {
        Text = texts => texts.StorageRefusesWrites,
        ForDevelopers = "/readyz says what is wrong.",
    };

    private static readonly ErrorPage NotFound = new(
        FindCauses.UnknownPath, 404, "not_found", texts => texts.NotFound, "The home page of this server names its API reference.");

    private static readonly Problem NoSuchUrl = new(StatusCodes.Status404NotFound, NotFound.Code, "This URL does not exist.");

    private static readonly ErrorPage Bug = new(FindCauses.ServerError, 500, "internal_error", texts => texts.InternalError);

    private static readonly ErrorPage Unreadable = new(
        FindCauses.UnreadableRequest, 400, "invalid_request", texts => texts.UnreadableRequest);

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            NoteRefusedPreflight(http);
            if (http.Response is { HasStarted: false, ContentType: null } response && !IsGrpc(http.Request))
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
            StorageFailed(logger, http.Request.Method, PathOf(http), SignInReference.Of(id), away);
            http.Response.Clear();
            http.Response.Headers.RetryAfter = RetryAfterSeconds;
            var page = StorageProblem.Of(away).NeedsOperator ? StorageRefusesWrites : StorageAway;
            await WriteErrorAsync(http, id, FindCauses.ServerBusy, Problem.StorageAway, page);
        }
        catch (Exception bug) when (!http.Response.HasStarted)
        {
            var id = AuthorizationId.New();
            Failed(logger, http.Request.Method, PathOf(http), SignInReference.Of(id), bug);
            http.Response.Clear();
            await WriteErrorAsync(http, id, FindCauses.ServerError, Problem.Bug, Bug);
        }
    }

    private Task WriteBadRequestAsync(HttpContext http, int status)
    {
        http.Response.Clear();
        var tooLarge = status == StatusCodes.Status413PayloadTooLarge;
        var problem = !tooLarge ? Problem.Unreadable : Problem.Unreadable with
        {
            Code = IsManagement(http.Request.Path) ? "too_large" : "invalid_request",
            Detail = "The body is too large."
        };
        return WriteErrorAsync(
            http, AuthorizationId.New(), FindCauses.UnreadableRequest, problem with { Status = status },
            Unreadable with { Status = status });
    }

    private Task WriteRoutingErrorAsync(HttpContext http, int status) => status switch
    {
        StatusCodes.Status404NotFound => WriteNotFoundAsync(http),
        StatusCodes.Status405MethodNotAllowed when IsApi(http.Request.Path) => WriteErrorAsync(
            http, AuthorizationId.New(), FindCauses.WrongHttpMethod, new Problem(
                status,
                IsManagement(http.Request.Path) ? "method_not_allowed" : "invalid_request",
                $"This URL accepts only {http.Response.Headers.Allow}."), page: null,
            Fact.Expected(FactNames.Method, http.Response.Headers.Allow.ToString())),
        _ => Task.CompletedTask,
    };

    /// <summary>
    /// A person gets a page, whose reference is found in the sign-in log, because the wrong link may be that of a client or a login page.
    /// A program gets the error of the interface it called.
    /// </summary>
    private async Task WriteNotFoundAsync(HttpContext http)
    {
        var path = http.Request.Path;
        if (IsOfPerson(http.Request))
        {
            await NotFound.With(Fact.Sent(FactNames.Path, path.ToUriComponent())).Alone(refusals, http, NotFoundEvent).ExecuteAsync(http);
        }
        else if (IsApi(path))
        {
            await WriteErrorAsync(http, AuthorizationId.New(), FindCauses.UnknownPath, NoSuchUrl, page: null);
        }
        else
        {
            await NoSuchUrl.ExecuteAsync(http);
        }
    }

    /// <summary>A browser that navigates accepts HTML. Below the paths of programs, it must also say that it navigates.</summary>
    private static bool IsOfPerson(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && Navigation.IsOne(request)
        && (!IsApi(request.Path) || request.Headers["Sec-Fetch-Mode"] == "navigate");

    private static bool IsGrpc(HttpRequest request) =>
        request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    private async Task WriteErrorAsync(
        HttpContext http, AuthorizationId id, Cause cause, Problem problem, ErrorPage? page, params Fact[] facts)
    {
        if (page is not null && IsPage(http.Request.Path))
        {
            refusals.Refused(http, id, loginRequest: null, RefusalEvents.Of(http), cause, facts);
            await page.For(id).ExecuteAsync(http);
        }
        else if (IsManagement(http.Request.Path))
        {
            await problem.ExecuteAsync(http);
        }
        else
        {
            var refusal = new OAuthErrorResponse(cause, problem.Status, new OAuthError(problem.Code, problem.Detail)) { Facts = facts };
            var isLogged = problem.Status >= StatusCodes.Status500InternalServerError;
            await OAuthJson.Refusal(isLogged ? refusal.Of(id, loginRequest: null) : refusal).ExecuteAsync(http);
        }
    }

    /// <summary>
    /// A preflight of an endpoint that is not open to other origins, or for headers that it does not allow. The browser shows its page
    /// nothing, so the sign-in log is the only place that tells why.
    /// </summary>
    private void NoteRefusedPreflight(HttpContext http)
    {
        var (request, allowed) = (http.Request, http.Response.Headers);
        if (!HttpMethods.IsOptions(request.Method) || request.Headers.AccessControlRequestMethod is not [{ } method])
        {
            return;
        }

        var wanted = request.Headers.AccessControlRequestHeaders.ToString();
        var isOpen = allowed.AccessControlAllowOrigin.Count > 0;
        var hasMethod = Contains(allowed.AccessControlAllowMethods, method);
        if (!isOpen || !hasMethod || (wanted.Length > 0 && !Contains(allowed.AccessControlAllowHeaders, wanted)))
        {
            var refusal = new OAuthErrorResponse(
                FindCauses.PreflightRefused, http.Response.StatusCode, OAuthError.AccessDenied("The preflight is refused."))
            {
                Facts =
                [
                    Fact.Sent(FactNames.Origin, request.Headers.Origin.ToString()), Fact.Sent(FactNames.Path, request.Path),
                    Fact.Sent(FactNames.Method, method), Fact.Sent(FactNames.Headers, wanted),
                    Fact.Expected(FactNames.Headers, allowed.AccessControlAllowHeaders.ToString()),
                    .. isOpen ? Array.Empty<Fact>() : [Fact.Expected(FactNames.Origin, "no other origin")],
                    .. !isOpen || hasMethod
                        ? Array.Empty<Fact>()
                        : [Fact.Expected(FactNames.Method, allowed.AccessControlAllowMethods.ToString())],
                ],
            };
            refusals.Record(http, refusal);
        }
    }

    private static bool Contains(Microsoft.Extensions.Primitives.StringValues list, string wanted)
    {
        var entries = Split(list.ToString());
        return Split(wanted).All(name => entries.Contains(name, StringComparer.OrdinalIgnoreCase));

        static string[] Split(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool IsPage(PathString path) =>
        IsBelow(path, "/consent") || IsBelow(path, "/sso") || IsBelow(path, "/dashboard")
        || path.Value?.TrimEnd('/').EndsWith("/oauth/authorize", StringComparison.OrdinalIgnoreCase) == true;

    private static bool IsApi(PathString path) =>
        !IsPage(path) && (IsBelow(path, "/api") || IsBelow(path, "/oauth") || IsBelow(path, "/resources") || IsBelow(path, "/.well-known")
            || IsBelow(path, "/keys"));

    /// <summary>False for registration: its path is below the API, but its errors follow RFC 7591 §3.2.2.</summary>
    public static bool IsManagement(PathString path) =>
        IsBelow(path, "/api") && path.Value?.TrimEnd('/').EndsWith(":register", StringComparison.OrdinalIgnoreCase) != true;

    /// <summary>The path for the log. That of a route with a secret in it is the pattern.</summary>
    private static string PathOf(HttpContext http) =>
        http.GetEndpoint() is RouteEndpoint { RoutePattern: { } pattern } && pattern.GetParameter("token") is not null
            ? pattern.RawText!
            : http.Request.Path.ToString();

    private static bool IsBelow(PathString path, string folder) => path.StartsWithSegments(folder, StringComparison.OrdinalIgnoreCase);

    [LoggerMessage(2001, LogLevel.Error, "{Method} {Path} (reference {Reference}): storage is unavailable")]
    private static partial void StorageFailed(ILogger logger, string method, string path, string reference, Exception reason);

    [LoggerMessage(2002, LogLevel.Error, "{Method} {Path} (reference {Reference}) failed")]
    private static partial void Failed(ILogger logger, string method, string path, string reference, Exception reason);
}
