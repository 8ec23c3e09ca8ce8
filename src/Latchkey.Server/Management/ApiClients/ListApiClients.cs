using Latchkey.Server.Configuration;

namespace Latchkey.Server.Management.ApiClients;

internal static class ListApiClients
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/clients", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Read)
        .Describe(new(
            "ListApiClients", OperationTags.ApiClients, "List API clients",
            OperationResponse.Ok(() => new ApiClientListResponse(1, "", [Samples.ApiClientBody])))
        {
            IsPaged = true,
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, ApiClientAdministration clients, ConfigurationCache configuration, CancellationToken cancellationToken)
    {
        var all = configuration.Current.ApiClients;
        if (Page.Read(http, all, c => c.Id.Value, out var page) is { } problem)
        {
            return problem;
        }

        var shown = await clients.ShowAsync(page.Items, cancellationToken);
        return JsonResponses.Ok(new ApiClientListResponse(all.Count, page.NextToken, [.. shown.Select(s => s.Body)]));
    }
}
