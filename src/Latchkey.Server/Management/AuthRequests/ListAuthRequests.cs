using Latchkey.Server.LoginRequests;
using Latchkey.Server.Management.Access;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Management.AuthRequests;

internal static class ListAuthRequests
{
    private const int MaxPersonLength = 320;

    private static readonly string[] Stages =
    [
        LoginRequestRow.AwaitingLogin, LoginRequestRow.AwaitingReturn, LoginRequestRow.Refused, LoginRequestRow.AwaitingConsent,
        LoginRequestRow.Confirmed, LoginRequestRow.AwaitingExchange, LoginRequestRow.Exchanged, LoginRequestRow.Ended,
    ];

    /// <summary>The filters that the list of one stage does not have.</summary>
    private static readonly QueryParameter[] OfSignIns =
    [
        new("outcome", "Only those with this outcome.") { Choices = StoredNames.Outcomes },
        new("stopped_at", "Only those that stopped, or wait, at this step.") { Choices = StoredNames.Stations },
        new("cause", "Only those that stopped for this cause, a code of docs/reference/causes.md."),
        new("client", "Only those of clients whose id or name begins like this."),
        new("client_family", "Only those of this well-known client, or of no one (other)."),
        new("person", "Only those of the user with exactly this sub or e-mail address."),
        new("network", "Only those from the network of this address: the /24 of an IPv4 address, the /48 of an IPv6 address."),
        new("tolerated", "Only those with, or without, a deviation that was accepted.") { Choices = ["true", "false"] },
        new("reference", "Only the ones with this reference."),
        new("update_start_time", "Only those whose last event was at this time or later, RFC 3339.") { IsTime = true },
        new("update_end_time", "Only those whose last event was before this time, RFC 3339.") { IsTime = true },
    ];

    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/auth-requests", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "ListAuthRequests", OperationTags.Access, "List sign-ins",
            OperationResponse.Ok(() => new AuthRequestListResponse(1, "", [Samples.ListedAuthRequest])),
            "One entry per attempt, also for refused ones, with what stopped it and what to do about it. total_size stops at "
            + $"{SignInList.MaxCounted}: then there are that many or more. With stage, one entry per login request of the last day, of "
            + "which an auth request has several when the user chose \"not me\" on the consent page; stage excludes the other new filters.")
        {
            Filters =
            [
                .. AccessFilters.Ids,
                new("stage", "Only login requests at this stage.") { Choices = Stages },
                .. OfSignIns,
                new("start_time", "Only those that started at this time or later, RFC 3339.") { IsTime = true },
                new("end_time", "Only those that started before this time, RFC 3339.") { IsTime = true },
            ],
        });

    private static async Task<IResult> HandleAsync(
        ListQuery query, AuthorizationList requests, AuthRequestReader reader, CancellationToken cancellationToken)
    {
        var page = query.Page();
        var ofStage = new AuthorizationFilter(
            query.Id("resource_id", "resource", text => ResourceId.Parse(text)),
            query.Id("client_id", "client", text => ClientId.Parse(text)),
            query.Id("connection_id", "connection", text => ConnectionId.Parse(text)),
            query.Text("external_user_id", AccessFilters.MaxSubjectLength),
            query.Choice("stage", Stages),
            query.Time("start_time"),
            query.Time("end_time"));
        var filter = Read(query, ofStage);
        if (query.Validate() is { } problem)
        {
            return problem;
        }

        if (ofStage.Stage is null)
        {
            return JsonResponses.Ok(await reader.ListAsync(filter, page, cancellationToken));
        }

        var (total, rows) = await requests.FindAsync(ofStage, page.After, page.Limit, cancellationToken);
        var shown = page.Of(rows, r => new(r.Details.CreatedAt, r.Details.Id.Value));
        return JsonResponses.Ok(
            new AuthRequestListResponse(total, shown.NextToken, [.. shown.Items.Select(r => AuthRequestBodies.Listed(null, [], r))]));
    }

    private static SignInFilter Read(ListQuery query, AuthorizationFilter also)
    {
        if (also.Stage is not null)
        {
            foreach (var filter in OfSignIns)
            {
                query.Excluded(filter.Name, "stage");
            }
        }

        return new()
        {
            Outcome = query.Choice("outcome", StoredNames.Outcomes),
            Station = query.Choice("stopped_at", StoredNames.Stations),
            Cause = query.Text("cause", 64),
            ClientId = also.Client?.Value,
            Client = query.Text("client", ClientIdUrl.MaxLength),
            Family = query.Text("client_family", 128),
            ResourceId = also.Resource?.Value,
            ConnectionId = also.Connection?.Value,
            Subject = also.Subject,
            Person = query.Text("person", MaxPersonLength),
            Network = NetworkFilter.Read(query),
            Tolerated = query.Choice("tolerated", "true", "false") is { } tolerated ? tolerated == "true" : null,
            Reference = query.Value("reference", SignInReference.Parse, "is not a reference"),
            From = also.From,
            Before = also.Before,
            LastFrom = query.Time("update_start_time"),
            LastBefore = query.Time("update_end_time"),
        };
    }
}
