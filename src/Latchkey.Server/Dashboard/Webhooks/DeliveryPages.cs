using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Latchkey.Server.Configuration;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Webhooks;
using Latchkey.Server.WebhookEndpoints;
using Latchkey.Server.Webhooks;

namespace Latchkey.Server.Dashboard.Webhooks;

/// <summary>The deliveries of a webhook endpoint, and one of them with text and answer.</summary>
internal sealed class DeliveryPages(ConfigurationCache configuration, WebhookAdministration webhooks, DeliveryStore deliveries)
{
    private static readonly JsonSerializerOptions Readable =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<DeliveryPages>(WebhookPageRoutes.Deliveries, (pages, request) => pages.ListAsync(request));
        app.MapDashboard<DeliveryPages>(WebhookPageRoutes.Delivery, (pages, request) => pages.ShowAsync(request));
        app.MapDashboard<DeliveryPages>(WebhookPageRoutes.SendAgain, (pages, request) => pages.SendAgainAsync(request));
    }

    /// <summary>The text that is sent, with a member per line.</summary>
    public static string? Indented(string? payload) => payload is null ? null : JsonNode.Parse(payload)!.ToJsonString(Readable);

    private async Task<IResult> ListAsync(DashboardRequest request)
    {
        if (configuration.Current.FindWebhook(request.Value("webhook")) is not { } endpoint)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        if (ListSlice.Of(request) is not { } slice)
        {
            return await request.RedirectAsync(WebhookPageRoutes.Deliveries.Path(endpoint.Id.Value));
        }

        var read = await deliveries.PageAsync(endpoint.Id, new(slice.Place, slice.IsNewer), ListSlice.Limit, request.Aborted);
        var page = slice.Page(read, d => new(d.CreatedAt, d.Id.Value));
        return request.Page<DeliveryListPage, DeliveryList>("Deliveries", new(endpoint, page.Rows, page.Newer, page.Older));
    }

    private async Task<IResult> ShowAsync(DashboardRequest request)
    {
        var found = await webhooks.FindDeliveryAsync(request.Value("webhook"), request.Value("delivery"), request.Aborted);
        return found.ProblemOr(out var delivery) is null && configuration.Current.Find(delivery.EndpointId) is { } endpoint
            ? request.Page<DeliveryPage, DeliveryView>("Delivery", new(endpoint, delivery))
            : DashboardErrors.NotFound.Page(request);
    }

    private async Task<IResult> SendAgainAsync(DashboardRequest request)
    {
        var (webhook, delivery) = (request.Value("webhook"), request.Value("delivery"));
        var outcome = await webhooks.SendAgainAsync(webhook, delivery, request.Aborted);
        return outcome.ProblemOr(out _) switch
        {
            null => await request.RedirectAsync(
                WebhookPageRoutes.Delivery.Path(webhook, delivery), "It is sent again. Reload this page for the answer."),
            { Status: StatusCodes.Status404NotFound } => DashboardErrors.NotFound.Page(request),
            { } problem => await request.RedirectAsync(WebhookPageRoutes.Delivery.Path(webhook, delivery), problem.Detail),
        };
    }
}

/// <summary>The data of <c>DeliveryListPage</c>.</summary>
internal sealed record DeliveryList(
    WebhookEndpoint Endpoint, IReadOnlyList<WebhookDelivery> Rows, string? Newer, string? Older);

/// <summary>The data of <c>DeliveryPage</c>.</summary>
internal sealed record DeliveryView(WebhookEndpoint Endpoint, WebhookDelivery Delivery);
