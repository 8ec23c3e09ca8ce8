namespace Latchkey.Server.Management.Webhooks;

internal static class RotateWebhookSecret
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/webhooks/{webhook}/secrets:rotate", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "RotateWebhookSecret", OperationTags.Webhooks, "Rotate the secret of a webhook endpoint",
            OperationResponse.Ok(() => Samples.RotatedWebhook, hasETag: true),
            "For 24 hours, requests are signed with the new secret and the former one. plain_secret is shown only once."));

    private static async Task<IResult> HandleAsync(
        string webhook, ApiCaller caller, IfMatch expected, WebhookAdministration webhooks, CancellationToken cancellationToken) =>
        JsonResponses.Of(
            await webhooks.RotateSecretAsync(caller.Actor, webhook, expected, cancellationToken),
            made => JsonResponses.Ok(new WebhookResponse(new(made.Endpoint), made.Plain.Value), made.Endpoint.Revision));
}
