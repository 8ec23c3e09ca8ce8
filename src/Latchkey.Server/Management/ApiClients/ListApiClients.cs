using Latchkey.Server.Configuration;

namespace Latchkey.Server.Management.ApiClients;

internal static class ListApiClients
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/clients", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "ListApiClients", OperationTags.ApiClients, "List API clients",
            OperationResponse.Ok(() => new ApiClientListResponse(1, "", [Samples.ApiClientBody]))));

    private static async Task<IResult> HandleAsync(
        ListQuery query, ApiClientAdministration clients, ConfigurationCache configuration, CancellationToken cancellationToken)
    {
        var all = configuration.Current.ApiClients;
        if (query.PageOf(all, c => c.Id.Value, out var page) is { } problem)
        {
            return problem;
        }

        var shown = await clients.ShowAsync(page.Items, cancellationToken);
        return JsonResponses.Ok(new ApiClientListResponse(all.Count, page.NextToken, [.. shown.Select(s => s.Body)]));
    }
}
