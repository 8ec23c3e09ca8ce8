using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Dashboard.Components;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Dashboard.Operators;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Connections;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.LoginPages;

/// <summary>Deletes a login page that nothing uses and at which no person is known. Every other one can be switched off.</summary>
internal sealed class DeleteLoginPages(ConfigurationCache configuration, ConnectionSetup pages)
{
    public static readonly DashboardRoute Ask = DashboardRoute.Page("/dashboard/login-pages/{conn}/delete", OperatorRole.Admin);
    public static readonly DashboardRoute Delete = DashboardRoute.Post("/dashboard/login-pages/{conn}/delete", OperatorRole.Admin);

    private static readonly FormError InUse = new(
        ConnectionSetup.InUse.Status, ConnectionSetup.InUse.Code,
        "It cannot be deleted: an MCP server or a login credential uses it, or people signed in with it. Switch it off instead. "
        + "Nothing was changed.");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<DeleteLoginPages>(Ask, (pages, request) => Task.FromResult(pages.Show(request, error: null)));
        app.MapDashboard<DeleteLoginPages>(Delete, (pages, request) => pages.DeleteAsync(request));
    }

    private IResult Show(DashboardRequest request, FormError? error) =>
        configuration.Current.FindConnection(request.Value("conn")) is { } page
            ? request.Ask(QuestionOf(page), error)
            : DashboardErrors.NotFound.Page(request);

    private async Task<IResult> DeleteAsync(DashboardRequest request)
    {
        var name = configuration.Current.FindConnection(request.Value("conn")) is { } page ? LoginPagePages.NameOf(page) : "";
        return await pages.DeleteAsync(request.ActorWithReason(), request.Value("conn"), IfMatch.Unsaid, request.Aborted) switch
        {
            null => await request.RedirectAsync(LoginPagePages.List.Pattern, $"{name} was deleted."),
            { Status: StatusCodes.Status404NotFound } => DashboardErrors.NotFound.Page(request),
            _ => Show(request, InUse),
        };
    }

    private static Confirmation QuestionOf(Connection page)
    {
        var name = LoginPagePages.NameOf(page);
        return new()
        {
            Title = $"Delete the login page {name}?",
            Parent = name,
            CancelPath = LoginPagePages.Page.Path(page.Id.Value),
            Ends = ["Its id and its addresses for your backend do not work any more."],
            Stays = "It is deleted only when no MCP server uses it, no login credential is left, and no person signed in with it.",
            Route = Delete,
            Id = page.Id.Value,
            Verb = $"Delete {name}",
            AsksReason = true,
        };
    }
}
