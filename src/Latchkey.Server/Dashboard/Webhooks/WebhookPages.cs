using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Webhooks;
using Latchkey.Server.WebhookEndpoints;
using Latchkey.Server.Webhooks;

namespace Latchkey.Server.Dashboard.Webhooks;

/// <summary>The list of webhook endpoints, one of them with its newest deliveries, and the steps that need no form of fields.</summary>
internal sealed class WebhookPages(ConfigurationCache configuration, WebhookAdministration webhooks, DeliveryStore deliveries)
{
    public const string ListTitle = "Webhooks";
    private const int Newest = 10;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<WebhookPages>(WebhookPageRoutes.List, (pages, request) => Task.FromResult<IResult>(pages.List(request)));
        app.MapDashboard<WebhookPages>(WebhookPageRoutes.Page, (pages, request) => pages.ShowAsync(request));
        app.MapDashboard<WebhookPages>(WebhookPageRoutes.Test, (pages, request) => pages.TestAsync(request));
        app.MapDashboard<WebhookPages>(WebhookPageRoutes.SwitchOn, (pages, request) => pages.SwitchAsync(request, isOn: true));
        app.MapDashboard<WebhookPages>(WebhookPageRoutes.SwitchOff, (pages, request) => pages.SwitchAsync(request, isOn: false));
        app.MapDashboard<WebhookPages>(WebhookPageRoutes.DeletePage, (pages, request) => Task.FromResult(pages.AskToDelete(request)));
        app.MapDashboard<WebhookPages>(WebhookPageRoutes.Delete, (pages, request) => pages.DeleteAsync(request));
        app.MapDashboard<WebhookPages>(WebhookPageRoutes.RotatePage, (pages, request) => Task.FromResult(pages.AskToRotate(request)));
        app.MapDashboard<WebhookPages>(WebhookPageRoutes.Rotate, (pages, request) => pages.RotateAsync(request));
    }

    /// <summary>The name of an endpoint on screen: its address without scheme and query.</summary>
    public static string NameOf(WebhookEndpoint endpoint)
    {
        var url = new Uri(endpoint.Url);
        return url.AbsolutePath == "/" ? url.Authority : url.Authority + url.AbsolutePath;
    }

    private static string Id(DashboardRequest request) => request.Value("webhook");

    private DashboardPage List(DashboardRequest request) =>
        request.Page<WebhookListPage, WebhookList>(ListTitle, new(configuration.Current.Webhooks));

    private async Task<IResult> ShowAsync(DashboardRequest request)
    {
        if (configuration.Current.FindWebhook(Id(request)) is not { } endpoint)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var newest = await deliveries.PageAsync(endpoint.Id, new(null, IsNewer: false), Newest, request.Aborted);
        return request.Page<WebhookPage, WebhookView>($"Webhook {NameOf(endpoint)}", new(endpoint, newest));
    }

    private async Task<IResult> TestAsync(DashboardRequest request) =>
        (await webhooks.SendTestAsync(Id(request), request.Aborted)).ProblemOr(out var delivery) is not { } problem
            ? await request.RedirectAsync(
                WebhookPageRoutes.Delivery.Path(Id(request), delivery.Value),
                "A test event is on its way. Reload this page for the answer.")
            : await ExplainedAsync(request, problem);

    private async Task<IResult> SwitchAsync(DashboardRequest request, bool isOn)
    {
        var body = JsonBody.Of(new System.Text.Json.Nodes.JsonObject { ["enabled"] = isOn });
        var outcome = await webhooks.ChangeAsync(request.Operator.Actor, Id(request), body, IfMatch.Unsaid, request.Aborted);
        return outcome.ProblemOr(out var changed) is not { } problem
            ? await request.RedirectAsync(
                WebhookPageRoutes.Page.Path(Id(request)), $"{NameOf(changed)} is {(isOn ? "on" : "off")} now.")
            : await ExplainedAsync(request, problem);
    }

    private IResult AskToDelete(DashboardRequest request) => configuration.Current.FindWebhook(Id(request)) is { } endpoint
        ? request.Ask(new()
        {
            Title = $"Delete the endpoint {NameOf(endpoint)}?",
            Parent = NameOf(endpoint),
            CancelPath = WebhookPageRoutes.Page.Path(endpoint.Id.Value),
            Ends = ["It gets no events any more. What is still waiting is not sent.", "Its deliveries and its secret are deleted."],
            Stays = "The record of changes stays.",
            Route = WebhookPageRoutes.Delete,
            Id = endpoint.Id.Value,
            Verb = $"Delete {NameOf(endpoint)}",
            AsksReason = true,
        })
        : DashboardErrors.NotFound.Page(request);

    private async Task<IResult> DeleteAsync(DashboardRequest request)
    {
        var name = configuration.Current.FindWebhook(Id(request)) is { } endpoint ? NameOf(endpoint) : "";
        return await webhooks.DeleteAsync(request.ActorWithReason(), Id(request), IfMatch.Unsaid, request.Aborted) is null
            ? await request.RedirectAsync(WebhookPageRoutes.List.Pattern, $"{name} was deleted.")
            : DashboardErrors.NotFound.Page(request);
    }

    private IResult AskToRotate(DashboardRequest request) => configuration.Current.FindWebhook(Id(request)) is { } endpoint
        ? request.Ask(new()
        {
            Title = "Make a new secret?",
            Parent = NameOf(endpoint),
            CancelPath = WebhookPageRoutes.Page.Path(endpoint.Id.Value),
            Ends = ["The present secret stops signing in 24 hours."],
            Stays = "Until then, requests are signed with both, so you can replace it without losing an event.",
            Route = WebhookPageRoutes.Rotate,
            Id = endpoint.Id.Value,
            Verb = "Make a new secret",
        })
        : DashboardErrors.NotFound.Page(request);

    private async Task<IResult> RotateAsync(DashboardRequest request)
    {
        var outcome = await webhooks.RotateSecretAsync(request.Operator.Actor, Id(request), IfMatch.Unsaid, request.Aborted);
        return outcome.ProblemOr(out var made) is not { } problem
            ? request.Page<WebhookSecretPage, MadeWebhook>("Copy the secret now", made)
            : await ExplainedAsync(request, problem);
    }

    /// <summary>A refused step of an endpoint, as a message on its page.</summary>
    private static async Task<IResult> ExplainedAsync(DashboardRequest request, Problem problem) =>
        problem.Status == StatusCodes.Status404NotFound
            ? DashboardErrors.NotFound.Page(request)
            : await request.RedirectAsync(WebhookPageRoutes.Page.Path(Id(request)), problem.Detail);
}

/// <summary>The data of <c>WebhookListPage</c>.</summary>
internal sealed record WebhookList(IReadOnlyList<WebhookEndpoint> Endpoints);

/// <summary>The data of <c>WebhookPage</c>.</summary>
/// <param name="Newest">Its newest deliveries.</param>
internal sealed record WebhookView(WebhookEndpoint Endpoint, IReadOnlyList<WebhookDelivery> Newest);
