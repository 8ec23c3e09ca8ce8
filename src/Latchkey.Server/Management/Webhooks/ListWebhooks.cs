using Latchkey.Server.Configuration;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Management.Webhooks;

internal static class ListWebhooks
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/webhooks", Handle)
        .Describe(ManagementPolicies.Read, new(
            "ListWebhooks", OperationTags.Webhooks, "List webhook endpoints",
            OperationResponse.Ok(() => new WebhookListResponse(1, "", [Samples.WebhookBody]))));

    private static IResult Handle(ListQuery query, ConfigurationCache configuration)
    {
        var all = configuration.Current.Webhooks;
        return query.PageOf(all, e => e.Id.Value, out var page) is { } problem
            ? problem
            : JsonResponses.Ok(
                new WebhookListResponse(all.Count, page.NextToken, [.. page.Items.Select(e => new WebhookBody(e))]));
    }
}
