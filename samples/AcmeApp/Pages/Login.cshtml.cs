using AcmeApp.People;
using Latchkey.Sdk;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AcmeApp.Pages;

/// <summary>
/// Acme's login page. Without <c>login_request_id</c> it is the login page it always was. With it:
/// 1. GET asks Latchkey who is asking; the page names them. Nobody is passed through on the mere arrival of a link.
/// 2. Not signed in, or not freshly enough: the form. A right password on this page is the person's consent to be reported.
/// 3. Signed in: "Continue as …", a button; or another account; or cancel.
/// 4. The report goes to Latchkey on the back channel, and the browser back to where the answer says.
/// </summary>
[IgnoreAntiforgeryToken] // checked below, where a stale form can be answered with a fresh one
internal sealed partial class LoginModel(LatchkeyClient latchkey, PeopleDirectory people, IAntiforgery antiforgery, TimeProvider clock, ILogger<LoginModel> logger) : PageModel
{
    private const int LongestName = 60;

    /// <summary>Who asks; null at an ordinary sign-in.</summary>
    public LoginRequest? Asking { get; private set; }

    /// <summary>Who is signed in freshly enough to continue with a click; null: the password form is shown.</summary>
    public Session? CanContinueAs { get; private set; }

    /// <summary>Signed in, but the client wants the password typed again.</summary>
    public Person? MustConfirm { get; private set; }

    public LoginTrouble? Trouble { get; private set; }

    public string? WrongPassword { get; private set; }

    public string? Email { get; private set; }

    /// <summary>For headings and buttons. A name is the client's own claim, and can be as long as a letter.</summary>
    public string AskingName => Asking?.Client.Name is { Length: > LongestName } name
        ? string.Concat(name.EnumerateRunes().Take(LongestName)) + "…"
        : Asking?.Client.Name ?? Asking?.Client.Host ?? "an unnamed program";

    /// <summary>This page for one of its handlers, with the visit carried on, so that no step loses it.</summary>
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
            // A form from before a sign-in or sign-out in another tab: show it again instead of an error.
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
            WrongPassword = "That address and password do not belong together.";
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

        // Asked again: the session may have ended or grown too old since the page was shown.
        var session = Session.Of(User, people);
        if (!await AskAsync(visit))
        {
            return Page();
        }

        return session is not null && Asking!.IsSatisfiedBy(session.SignedInAt, clock.GetUtcNow()) ? await HandOverAsync(session) : ShowFormOrContinue(session);
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
            return await latchkey.CancelLoginAsync(HttpContext, errorDescription: "The person cancelled at the login page.") ? new EmptyResult() : LocalRedirect("/");
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
            return await latchkey.CompleteLoginAsync(HttpContext, session.Person.ToLatchkeyUser(session.SignedInAt)) ? new EmptyResult() : LocalRedirect("/");
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
                Stop(over, "It is over.");
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
        Trouble = LoginTrouble.Of(failure);
        Response.StatusCode = Trouble.Status;
        LogStopped(logger, failure, why);
        return Page();
    }

    [LoggerMessage(LogLevel.Warning, "Login request not finished: {Failure}. {Message}")]
    private static partial void LogStopped(ILogger logger, LatchkeyFailure failure, string message);
}
