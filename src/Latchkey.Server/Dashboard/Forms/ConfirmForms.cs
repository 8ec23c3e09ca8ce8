using Latchkey.Server.Dashboard.Components;
using Latchkey.Server.Dashboard.Operators;

namespace Latchkey.Server.Dashboard.Forms;

/// <summary>The page that asks before something is destroyed, and its form post.</summary>
internal static class ConfirmForms
{
    private const int MaxReasonLength = 200;

    public static readonly FormError NameDiffers = new(400, "name_differs", "Type the name exactly as it is shown.", "name");

    /// <summary>The page of a question, with the error of its form post if there was one.</summary>
    public static IResult Ask(this DashboardRequest request, Confirmation question, FormError? error = null) => error is null
        ? request.Page<ConfirmPage, Confirmation>(question.Verb, question)
        : request.Page<ConfirmPage, Confirmation>(
            question.Verb, question with { Errors = FormErrors.Of([error]), Code = error.Code }, error);

    /// <summary>Returns the error of a form post without the name that must be typed, or null.</summary>
    public static FormError? Unconfirmed(this DashboardRequest request, Confirmation question) =>
        question.TypedName is null || request.Form["name"]?.Trim() == question.TypedName.Trim() ? null : NameDiffers;

    /// <summary>The operator with the reason from the form, for the audit log.</summary>
    public static Actor.Operator ActorWithReason(this DashboardRequest request) => request.Form["reason"]?.Trim() switch
    {
        null or "" => request.Operator.Actor,
        { Length: <= MaxReasonLength } reason => request.Operator.Actor with { Reason = reason },

        // A pair of surrogates is not cut in two.
        var reason => request.Operator.Actor with
        {
            Reason = reason[..(char.IsHighSurrogate(reason[MaxReasonLength - 1]) ? MaxReasonLength - 1 : MaxReasonLength)],
        },
    };
}
