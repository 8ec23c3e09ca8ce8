namespace Latchkey.Server.Management.Webhooks;

internal static class SendTestEvent
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/webhooks/{webhook}/events:test", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "SendTestEvent", OperationTags.Webhooks, "Send a test event",
            OperationResponse.Ok(() => new TestSentResponse(Samples.Delivery)),
            "Sends an event of type webhook.test, once. Read the delivery for the answer.")
        { Problems = [WebhookAdministration.IsDisabled] });

    private static async Task<IResult> HandleAsync(
        string webhook, WebhookAdministration webhooks, CancellationToken cancellationToken) => JsonResponses.Of(
            await webhooks.SendTestAsync(webhook, cancellationToken), id => JsonResponses.Ok(new TestSentResponse(id.Value)));
}
