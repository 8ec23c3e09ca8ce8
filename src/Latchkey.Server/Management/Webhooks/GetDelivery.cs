namespace Latchkey.Server.Management.Webhooks;

internal static class GetDelivery
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/webhooks/{webhook}/deliveries/{delivery}", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "GetDelivery", OperationTags.Webhooks, "Read a delivery",
            OperationResponse.Ok(() => new DeliveryResponse(Samples.DeliveryBody))));

    private static async Task<IResult> HandleAsync(
        string webhook, string delivery, WebhookAdministration webhooks, CancellationToken cancellationToken) => JsonResponses.Of(
            await webhooks.FindDeliveryAsync(webhook, delivery, cancellationToken),
            found => JsonResponses.Ok(new DeliveryResponse(DeliveryBody.Of(found))));
}
