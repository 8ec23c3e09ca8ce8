using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.Operators;

/// <summary>An error of a form, shown above it. What was typed stays, except secrets.</summary>
/// <param name="Code">Stable. The value of <c>data-lk-error</c>, listed in docs/wire.md.</param>
internal sealed record FormError(int Status, string Code, string Sentence, string Field = "")
{
    public int? RetryAfterSeconds { get; init; }
}

/// <summary>Refusals of the pages of operators.</summary>
internal static class OperatorErrors
{
    /// <summary>The same for a wrong password, an unknown address, and an operator without a password.</summary>
    public static readonly FormError SignInFailed = new(
        401, "sign_in_failed", "The e-mail address or the password is wrong.");

    public static readonly FormError Busy = new(
        429, "busy", "Too many sign-ins are being checked. Try again in a few seconds, or use a passkey.")
    { RetryAfterSeconds = 5 };

    public static readonly FormError PasskeyRefused = new(
        401, "passkey_refused", "The passkey was not accepted. It may have been removed, or the page was open for too long. Try again.");

    public static readonly FormError WrongPassword = new(401, "wrong_password", "The password is wrong.", "password");

    public static readonly FormError NoEmail = new(400, "invalid_email", "Enter an e-mail address, such as grace@acme.example.", "email");

    public static readonly FormError NoName = new(
        400, "invalid_name", $"Enter a name of at most {Operator.MaxNameLength} characters.", "name");

    public static readonly FormError EmailTaken = new(
        409, "email_taken", "An operator with this e-mail address exists already.", "email");

    public static readonly FormError UnknownRole = new(400, "invalid_role", "Choose a role.", "role");

    public static readonly FormError LastOwner = new(
        409, "last_owner", "This is the last owner. Make another operator an owner first. Nothing was changed.");

    public static readonly FormError ChangedMeanwhile = new(
        409, "overtaken", "It was changed at the same time. Open the page again. Nothing was changed.");

    public static readonly DashboardError LinkGone = new(
        410, "link_gone", "This link does not work any more", "It was used already, has expired, or was withdrawn. A link works once.",
        "Ask an owner for a new one. On the machine of the server, latchkey operators create and latchkey operators recover print one.");

    public static FormError TooSoon(int seconds) => new(
        429, "too_soon", $"Wait {seconds} s before the next attempt. A passkey works at once.")
    { RetryAfterSeconds = seconds };

    public static FormError Password(string sentence) => new(400, "invalid_password", sentence, "password");
}

/// <summary>The errors of a form for its components.</summary>
internal static class FormErrors
{
    public static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The errors by the name of their field.</summary>
    public static IReadOnlyDictionary<string, string> Of(IReadOnlyCollection<FormError> errors) =>
        errors.ToDictionary(error => error.Field, error => error.Sentence, StringComparer.Ordinal);

    /// <summary>The page of a form with its errors, and the status and <c>Retry-After</c> of the first one.</summary>
    public static IResult Page<TPage, TModel>(this DashboardRequest request, string title, TModel model, FormError first)
        where TPage : Microsoft.AspNetCore.Components.IComponent
        where TModel : notnull
    {
        if (first.RetryAfterSeconds is { } seconds)
        {
            request.Http.Response.Headers.RetryAfter = seconds.ToString();
        }

        return request.Page<TPage, TModel>(title, model, first.Status);
    }
}
