using System.Text.Json.Nodes;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Dashboard.Operators;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Connections;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.LoginPages;

/// <summary>
/// Lets browsers return from a login page without the confirmation (<c>state_only</c>): an owner, a warning, and an acknowledgement that
/// the audit log keeps. The way back is one press.
/// </summary>
internal sealed class VerificationPages(ConfigurationCache configuration, ConnectionSetup pages)
{
    public const string Warning =
        "With state_only, an attacker who opens the login link in the victim's browser, and closes that window before the redirect is "
        + "followed, takes over a signed-in user unseen. It is therefore safe only when the login page itself asks for a click that names "
        + "the client before it reports.";

    /// <summary>What the owner acknowledges. The audit log keeps this sentence.</summary>
    public const string Acknowledgement =
        "My login page asks for a click that names the client before it reports. I have read the warning.";

    public static readonly DashboardRoute Ask =
        DashboardRoute.Page("/dashboard/login-pages/{conn}/verification", OperatorRole.Owner) with { NeedsConfirmation = true };

    public static readonly DashboardRoute Accept =
        DashboardRoute.Post("/dashboard/login-pages/{conn}/verification", OperatorRole.Owner) with { NeedsConfirmation = true };

    public static readonly DashboardRoute Require =
        DashboardRoute.Post("/dashboard/login-pages/{conn}/require-confirmation", OperatorRole.Admin);

    public static readonly FormError NotAcknowledged = new(
        400, "not_acknowledged", "Tick the sentence, if it is true. Nothing was changed.", "acknowledged");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<VerificationPages>(Ask, (pages, request) => Task.FromResult(pages.Show(request, error: null)));
        app.MapDashboard<VerificationPages>(Accept, (pages, request) => pages.AcceptAsync(request));
        app.MapDashboard<VerificationPages>(Require, (pages, request) => pages.SetAsync(
            request, "required", request.Operator.Actor, "returns need the confirmation now."));
    }

    private IResult Show(DashboardRequest request, FormError? error) =>
        configuration.Current.FindConnection(request.Value("conn")) is { } page
            ? request.Page<VerificationPage, VerificationForm>(
                "Accept returns without the confirmation", new(page, error), error?.Status ?? StatusCodes.Status200OK)
            : DashboardErrors.NotFound.Page(request);

    private async Task<IResult> AcceptAsync(DashboardRequest request) => request.Form["acknowledged"] == "true"
        ? await SetAsync(
            request, "state_only", request.Operator.Actor with { Reason = $"Acknowledged: {Acknowledgement}" },
            "returns need no confirmation now (state_only).")
        : Show(request, NotAcknowledged);

    private async Task<IResult> SetAsync(DashboardRequest request, string verification, Actor.Operator actor, string what)
    {
        var body = new JsonObject { ["callback_verification"] = verification };
        var outcome = await pages.ChangeAsync(actor, request.Value("conn"), JsonBody.Of(body), IfMatch.Unsaid, request.Aborted);
        return outcome.ProblemOr(out var changed) is { } problem
            ? problem.Status == StatusCodes.Status404NotFound
                ? DashboardErrors.NotFound.Page(request)
                : Show(request, OperatorErrors.ChangedMeanwhile)
            : await request.RedirectAsync(
                LoginPagePages.Page.Path(changed.Id.Value), $"{LoginPagePages.NameOf(changed)}: {what}");
    }
}

/// <summary>The data of <c>VerificationPage</c>.</summary>
internal sealed record VerificationForm(Connection Page, FormError? Error);
