using Latchkey.Server.LoginRequests;
using Latchkey.Server.Management.Access;

namespace Latchkey.Server.Management.AuthRequests;

internal static class ListAuthRequests
{
    private static readonly string[] Stages =
    [
        LoginRequestRow.AwaitingLogin, LoginRequestRow.AwaitingReturn, LoginRequestRow.Refused, LoginRequestRow.AwaitingConsent,
        LoginRequestRow.AwaitingExchange, LoginRequestRow.Exchanged, LoginRequestRow.Ended,
    ];

    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/auth-requests", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "ListAuthRequests", OperationTags.Access, "List auth requests of the last day",
            OperationResponse.Ok(() => new AuthRequestListResponse(1, "", [Samples.ListedAuthRequest])),
            "One entry per login request. An auth request has several when the user chose \"not me\" on the consent page.")
        {
            Filters =
            [
                .. AccessFilters.Ids,
                new("stage", "Only those at this stage.") { Choices = Stages },
                new("start_time", "Only those that started at this time or later, RFC 3339.") { IsTime = true },
                new("end_time", "Only those that started before this time, RFC 3339.") { IsTime = true },
            ],
        });

    private static async Task<IResult> HandleAsync(ListQuery query, AuthorizationList requests, CancellationToken cancellationToken)
    {
        var page = query.Page();
        var filter = new AuthorizationFilter(
            query.Id("resource_id", "resource", text => ResourceId.Parse(text)),
            query.Id("client_id", "client", text => ClientId.Parse(text)),
            query.Id("connection_id", "connection", text => ConnectionId.Parse(text)),
            query.Text("external_user_id", AccessFilters.MaxSubjectLength),
            query.Choice("stage", Stages),
            query.Time("start_time"),
            query.Time("end_time"));
        if (query.Validate() is { } problem)
        {
            return problem;
        }

        var (total, rows) = await requests.FindAsync(filter, page.After, page.Limit, cancellationToken);
        var shown = page.Of(rows, r => new(r.Details.CreatedAt, r.Details.Id.Value));
        return JsonResponses.Ok(new AuthRequestListResponse(total, shown.NextToken, [.. shown.Items.Select(AuthRequestReader.Listed)]));
    }
}
