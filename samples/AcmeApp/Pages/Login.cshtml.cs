using AcmeApp.People;
using Latchkey.Sdk;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AcmeApp.Pages;

/// <summary>
/// Acme's login page. Without <c>login_request_id</c> it is an ordinary login page. With it:
/// 1. GET reads the login request from Latchkey and names the client. Opening the link alone never reports a login (session fixation).
/// 2. A user without a recent session gets the login form. A correct password on this page also reports the login.
/// 3. A signed-in user can continue with a click, use another account, or cancel.
/// 4. The login is reported to Latchkey on the back channel, and the browser is redirected to the URL in the response.
/// </summary>
[IgnoreAntiforgeryToken] // checked below, where an outdated form is replaced by a new one
internal sealed partial class LoginModel(
    LatchkeyClient latchkey, PeopleDirectory people, IAntiforgery antiforgery, TimeProvider clock, ILogger<LoginModel> logger) : PageModel
{
    private const int LongestName = 60;

    /// <summary>The login request; null at an ordinary sign-in.</summary>
    public LoginRequest? Asking { get; private set; }

    /// <summary>The session that is recent enough to continue with a click; null if the login form is shown.</summary>
    public Session? CanContinueAs { get; private set; }

    /// <summary>The signed-in user who has to enter the password again because the client requires a newer sign-in.</summary>
    public Person? MustConfirm { get; private set; }

    public LoginError? Error { get; private set; }

    public string? WrongPassword { get; private set; }

    public string? Email { get; private set; }

    /// <summary>The client's name for headings and buttons, shortened: the client chooses the name and its length.</summary>
    public string AskingName => Asking?.Client?.Name is { Length: > LongestName } name
        ? string.Concat(name.EnumerateRunes().Take(LongestName)) + "…"
        : Asking is null ? "a program" : Asking.Client is { } client ? NameOf(client) : "Latchkey";

    /// <summary>A name that Latchkey does not show is replaced by the host; a program on the user's device has no host.</summary>
    public static string NameOf(LoginRequestClient client) =>
        client.Name ?? (client.Host is { Length: > 0 } host && host != "this device" ? host : "a program on this device");

    /// <summary>The URL of one of this page's handlers, with the parameters of the login request.</summary>
    public string AddressOf(string? handler)
    {
        var visit = Request.GetLatchkeyVisit();
        var query = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["handler"] = handler,
            ["login_request_id"] = visit?.LoginRequestId,
            ["state"] = visit?.State,
        };
        return "/login" + QueryString.Create(query.Where(parameter => !string.IsNullOrEmpty(parameter.Value)));
    }

    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        Response.Headers.CacheControl = "no-cache, no-store";
        if (HttpMethods.IsPost(Request.Method) && !await antiforgery.IsRequestValidAsync(HttpContext))
        {
            // The form is older than a sign-in or sign-out in another tab: show it again instead of an error.
            context.Result = Redirect(AddressOf(handler: null));
            return;
        }

        await next();
    }

    public async Task<IActionResult> OnGetAsync()
    {
        var session = Session.Of(User, people);
        if (Request.GetLatchkeyVisit() is not { } visit)
        {
            return session is null ? Page() : LocalRedirect("/");
        }

        return await AskAsync(visit) ? ShowFormOrContinue(session) : Page();
    }

    public async Task<IActionResult> OnPostAsync(string? email, string? password)
    {
        if (people.FindByPassword(email, password) is not { } person)
        {
            Email = email;
            WrongPassword = "The e-mail address or the password is wrong.";
            if (Request.GetLatchkeyVisit() is { } visit)
            {
                await AskAsync(visit);
            }

            return Page();
        }

        var session = new Session(person, clock.GetUtcNow());
        await HttpContext.SignInAsync(session.ToPrincipal());
        return await HandOverAsync(session);
    }

    public async Task<IActionResult> OnPostContinueAsync()
    {
        if (Request.GetLatchkeyVisit() is not { } visit)
        {
            return LocalRedirect("/");
        }

        // Checked again: the session may have ended or become too old since the page was shown.
        var session = Session.Of(User, people);
        if (!await AskAsync(visit))
        {
            return Page();
        }

        return session is not null && Asking!.IsSatisfiedBy(session.SignedInAt, clock.GetUtcNow())
            ? await HandOverAsync(session)
            : ShowFormOrContinue(session);
    }

    public async Task<IActionResult> OnPostAnotherAsync()
    {
        await HttpContext.SignOutAsync();
        return Redirect(AddressOf(handler: null));
    }

    public async Task<IActionResult> OnPostCancelAsync()
    {
        try
        {
            return await latchkey.CancelLoginAsync(HttpContext, errorDescription: "The user cancelled at the login page.")
                ? new EmptyResult()
                : LocalRedirect("/");
        }
        catch (LatchkeyException refused)
        {
            return Stop(refused);
        }
    }

    private async Task<IActionResult> HandOverAsync(Session session)
    {
        try
        {
            return await latchkey.CompleteLoginAsync(HttpContext, session.Person.ToLatchkeyUser(session.SignedInAt))
                ? new EmptyResult()
                : LocalRedirect("/");
        }
        catch (LatchkeyException refused)
        {
            return Stop(refused);
        }
    }

    private async Task<bool> AskAsync(LatchkeyVisit visit)
    {
        try
        {
            Asking = await latchkey.GetLoginRequestAsync(visit.LoginRequestId, HttpContext.RequestAborted);
            if (Asking.WhyOver(clock.GetUtcNow()) is { } over)
            {
                Stop(over, "The login request has ended or expired.");
                return false;
            }

            return true;
        }
        catch (LatchkeyException refused)
        {
            Stop(refused);
            return false;
        }
    }

    private PageResult ShowFormOrContinue(Session? session)
    {
        if (session is not null && Asking!.IsSatisfiedBy(session.SignedInAt, clock.GetUtcNow()))
        {
            CanContinueAs = session;
        }
        else
        {
            MustConfirm = session?.Person;
            Email = session?.Person.Email ?? Asking!.LoginHint;
        }

        return Page();
    }

    private PageResult Stop(LatchkeyException refused) => Stop(refused.Failure, refused.Message);

    private PageResult Stop(LatchkeyFailure failure, string why)
    {
        Error = LoginError.Of(failure);
        Response.StatusCode = Error.Status;
        LogStopped(logger, failure, why);
        return Page();
    }

    [LoggerMessage(LogLevel.Warning, "The login request failed: {Failure}. {Message}")]
    private static partial void LogStopped(ILogger logger, LatchkeyFailure failure, string message);
}
