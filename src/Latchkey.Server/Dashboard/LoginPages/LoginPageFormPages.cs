using System.Text.Json.Nodes;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Fields;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Connections;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.LoginPages;

/// <summary>Changes the address of a login page, and switches it off and on. The verification has a page of its own.</summary>
internal sealed class LoginPageFormPages(ConfigurationCache configuration, ConnectionSetup pages)
{
    public static readonly DashboardRoute Edit = DashboardRoute.Page("/dashboard/login-pages/{conn}/edit", OperatorRole.Admin);
    public static readonly DashboardRoute Save = DashboardRoute.Post("/dashboard/login-pages/{conn}/edit", OperatorRole.Admin);

    private static readonly FormPart Fields = new(null, "login_url", "enabled");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<LoginPageFormPages>(Edit, (pages, request) => Task.FromResult(pages.Show(request)));
        app.MapDashboard<LoginPageFormPages>(Save, (pages, request) => pages.SaveAsync(request));
    }

    private IResult Show(DashboardRequest request) => configuration.Current.FindConnection(request.Value("conn")) is { } page
        ? Show(request, page, FieldForm.Of(ConnectionFields.Table, ValuesOf(request, page), page.Revision, Fields))
        : DashboardErrors.NotFound.Page(request);

    private static DashboardPage Show(DashboardRequest request, Connection page, FieldForm form) =>
        request.Page<LoginPageFormPage, LoginPageForm>("Change a login page", new(page, form), form.Status);

    private async Task<IResult> SaveAsync(DashboardRequest request)
    {
        await configuration.ReloadAsync(request.Aborted);
        var form = FieldForm.Posted(ConnectionFields.Table, request.Form, Fields);
        var outcome = await pages.ChangeAsync(
            request.Operator.Actor, request.Value("conn"), JsonBody.Of(form.Body), form.Expected, request.Aborted);
        if (outcome.ProblemOr(out var changed) is not { } problem)
        {
            return await request.RedirectAsync(
                LoginPagePages.Page.Path(changed.Id.Value), $"{LoginPagePages.NameOf(changed)} was changed.");
        }

        return configuration.Current.FindConnection(request.Value("conn")) is not { } present
            ? DashboardErrors.NotFound.Page(request)
            : Show(request, present, FieldForm.IsConflict(problem)
                ? form.Overtaken(ValuesOf(request, present), present.Revision)
                : form.Refused(problem));
    }

    private static JsonObject ValuesOf(DashboardRequest request, Connection page) =>
        ConnectionFields.Table.Write(page, new(request.Settings.BaseUrl), FieldUse.Change);
}

/// <summary>The data of <c>LoginPageFormPage</c>.</summary>
internal sealed record LoginPageForm(Connection Page, FieldForm Form);
