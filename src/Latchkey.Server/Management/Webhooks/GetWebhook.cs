namespace Latchkey.Server.Management.Webhooks;

internal static class GetWebhook
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/webhooks/{webhook}", Handle)
        .Describe(ManagementPolicies.Read, new(
            "GetWebhook", OperationTags.Webhooks, "Read a webhook endpoint",
            OperationResponse.Ok(() => new WebhookResponse(Samples.WebhookBody, PlainSecret: null), hasETag: true)));

    private static IResult Handle(string webhook, WebhookAdministration webhooks) => JsonResponses.Of(
        webhooks.Find(webhook), found => JsonResponses.Ok(new WebhookResponse(new(found), PlainSecret: null), found.Revision));
}
