namespace Latchkey.Server.Management.Webhooks;

internal static class CreateWebhook
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/webhooks", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "CreateWebhook", OperationTags.Webhooks, "Create a webhook endpoint",
            OperationResponse.Created(() => Samples.MadeWebhook, hasETag: true),
            "plain_secret verifies the signatures (Standard Webhooks). It is shown only once.")
        { TakesIdempotencyKey = true, Problems = [WebhookAdministration.TooMany] });

    private static async Task<IResult> HandleAsync(
        ApiCaller caller, JsonBody body, WebhookAdministration webhooks, CancellationToken cancellationToken) =>
        JsonResponses.Of(
            await webhooks.CreateAsync(caller.Actor, body, cancellationToken),
            made => JsonResponses.Created(new WebhookResponse(new(made.Endpoint), made.Plain.Value), made.Endpoint.Revision));
}
