using Latchkey.Server.Webhooks;

namespace Latchkey.Server.Management.Webhooks;

internal static class ListDeliveries
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/webhooks/{webhook}/deliveries", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "ListDeliveries", OperationTags.Webhooks, "List the deliveries of a webhook endpoint",
            OperationResponse.Ok(() => new DeliveryListResponse(1, "", [Samples.DeliveryBody])), "Newest first.")
        { Filters = [new("state", "Only deliveries in this state.") { Choices = DeliveryState.All }] });

    private static async Task<IResult> HandleAsync(
        string webhook, ListQuery query, WebhookAdministration webhooks, DeliveryStore deliveries, CancellationToken cancellationToken)
    {
        var (page, state) = (query.Page(), query.Choice("state", DeliveryState.All));
        if (query.Validate() is { } invalid)
        {
            return invalid;
        }

        if (webhooks.Find(webhook).ProblemOr(out var endpoint) is { } problem)
        {
            return problem;
        }

        var (total, rows) = await deliveries.ListAsync(endpoint.Id, state, page.After, page.Limit, cancellationToken);
        var listed = page.Of(rows, d => new(d.CreatedAt, d.Id.Value));
        return JsonResponses.Ok(new DeliveryListResponse(total, listed.NextToken, [.. listed.Items.Select(DeliveryBody.Of)]));
    }
}
