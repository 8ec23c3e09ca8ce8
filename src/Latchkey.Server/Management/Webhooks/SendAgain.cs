namespace Latchkey.Server.Management.Webhooks;

internal static class SendAgain
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPost("/api/v1/webhooks/{webhook}/deliveries/{delivery}/attempts", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "SendAgain", OperationTags.Webhooks, "Send a delivery again",
            OperationResponse.Ok(() => new DeliveryResponse(Samples.DeliveryBody)),
            "With the same id, so that a receiver that keeps ids recognizes it.")
        { Problems = [WebhookAdministration.IsDisabled, WebhookAdministration.NotSendable] });

    private static async Task<IResult> HandleAsync(
        string webhook, string delivery, WebhookAdministration webhooks, CancellationToken cancellationToken) => JsonResponses.Of(
            await webhooks.SendAgainAsync(webhook, delivery, cancellationToken),
            found => JsonResponses.Ok(new DeliveryResponse(DeliveryBody.Of(found))));
}
