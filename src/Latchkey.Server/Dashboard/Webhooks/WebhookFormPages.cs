using System.Text.Json.Nodes;
using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Fields;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Webhooks;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Dashboard.Webhooks;

/// <summary>Creates an endpoint, whose secret is shown once, and changes one.</summary>
internal sealed class WebhookFormPages(ConfigurationCache configuration, WebhookAdministration webhooks)
{
    private static readonly FormPart NewFields = new(null, "url", "description", "events");
    private static readonly FormPart Fields = new(null, "url", "description", "events", "enabled");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<WebhookFormPages>(WebhookPageRoutes.New, (pages, request) => Task.FromResult<IResult>(
            pages.ShowNew(request, FieldForm.New(WebhookEndpointFields.Table, NewFields))));
        app.MapDashboard<WebhookFormPages>(WebhookPageRoutes.Create, (pages, request) => pages.CreateAsync(request));
        app.MapDashboard<WebhookFormPages>(WebhookPageRoutes.Edit, (pages, request) => Task.FromResult(pages.ShowEdit(request)));
        app.MapDashboard<WebhookFormPages>(WebhookPageRoutes.Save, (pages, request) => pages.SaveAsync(request));
    }

    private DashboardPage ShowNew(DashboardRequest request, FieldForm form) =>
        request.Page<WebhookFormPage, WebhookForm>("Add an endpoint", new(Endpoint: null, form), form.Status);

    private async Task<IResult> CreateAsync(DashboardRequest request)
    {
        var form = FieldForm.Posted(WebhookEndpointFields.Table, request.Form, NewFields);
        var outcome = await webhooks.CreateAsync(request.Operator.Actor, JsonBody.Of(form.Body), request.Aborted);
        return outcome.ProblemOr(out var made) is { } problem
            ? ShowNew(request, form.Refused(problem))
            : request.Page<WebhookSecretPage, MadeWebhook>("Copy the secret now", made);
    }

    private IResult ShowEdit(DashboardRequest request) => configuration.Current.FindWebhook(request.Value("webhook")) is { } endpoint
        ? Show(request, endpoint, FieldForm.Of(WebhookEndpointFields.Table, ValuesOf(endpoint), endpoint.Revision, Fields))
        : DashboardErrors.NotFound.Page(request);

    private static DashboardPage Show(DashboardRequest request, WebhookEndpoint endpoint, FieldForm form) =>
        request.Page<WebhookFormPage, WebhookForm>("Change an endpoint", new(endpoint, form), form.Status);

    private async Task<IResult> SaveAsync(DashboardRequest request)
    {
        await configuration.ReloadAsync(request.Aborted);
        var form = FieldForm.Posted(WebhookEndpointFields.Table, request.Form, Fields);
        var outcome = await webhooks.ChangeAsync(
            request.Operator.Actor, request.Value("webhook"), JsonBody.Of(form.Body), form.Expected, request.Aborted);
        if (outcome.ProblemOr(out var changed) is not { } problem)
        {
            return await request.RedirectAsync(
                WebhookPageRoutes.Page.Path(changed.Id.Value), $"{WebhookPages.NameOf(changed)} was changed.");
        }

        return configuration.Current.FindWebhook(request.Value("webhook")) is not { } present
            ? DashboardErrors.NotFound.Page(request)
            : Show(request, present, FieldForm.IsConflict(problem)
                ? form.Overtaken(ValuesOf(present), present.Revision)
                : form.Refused(problem));
    }

    private static JsonObject ValuesOf(WebhookEndpoint endpoint) =>
        WebhookEndpointFields.Table.Write(endpoint, new(AllowsPrivate: false), FieldUse.Change);
}

/// <summary>The data of <c>WebhookFormPage</c>.</summary>
/// <param name="Endpoint">Null for a new one.</param>
internal sealed record WebhookForm(WebhookEndpoint? Endpoint, FieldForm Form);
