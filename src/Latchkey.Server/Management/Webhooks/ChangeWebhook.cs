namespace Latchkey.Server.Management.Webhooks;

internal static class ChangeWebhook
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPatch("/api/v1/webhooks/{webhook}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "ChangeWebhook", OperationTags.Webhooks, "Change a webhook endpoint",
            OperationResponse.Ok(() => new WebhookResponse(Samples.WebhookBody, PlainSecret: null), hasETag: true)));

    private static async Task<IResult> HandleAsync(
        string webhook, ApiCaller caller, JsonBody body, IfMatch expected, WebhookAdministration webhooks,
        CancellationToken cancellationToken) => JsonResponses.Of(
            await webhooks.ChangeAsync(caller.Actor, webhook, body, expected, cancellationToken),
            changed => JsonResponses.Ok(new WebhookResponse(new(changed), PlainSecret: null), changed.Revision));
}
