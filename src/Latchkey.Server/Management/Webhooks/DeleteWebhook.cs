namespace Latchkey.Server.Management.Webhooks;

internal static class DeleteWebhook
{
    public static void Map(IEndpointRouteBuilder app) => app.MapDelete("/api/v1/webhooks/{webhook}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "DeleteWebhook", OperationTags.Webhooks, "Delete a webhook endpoint", OperationResponse.Empty,
            "Its deliveries are deleted too. What is still waiting is not sent."));

    private static async Task<IResult> HandleAsync(
        string webhook, ApiCaller caller, IfMatch expected, WebhookAdministration webhooks, CancellationToken cancellationToken) =>
        await webhooks.DeleteAsync(caller.Actor, webhook, expected, cancellationToken) ?? JsonResponses.Nothing;
}
