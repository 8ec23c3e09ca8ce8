using Latchkey.Server.SignIns;

namespace Latchkey.Server.Management.AuthRequests;

internal static class ListUnattributedEvents
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/unattributed-events", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "ListUnattributedEvents", OperationTags.Access, "List refusals that belong to no sign-in",
            OperationResponse.Ok(() => new UnattributedEventListResponse(1, "", [Samples.UnattributedEvent])),
            "Metadata of an unknown server, refused preflights and registrations, unknown codes and wrong secrets: one entry per minute, "
            + $"network, cause and facts, kept for {UnattributedEvents.Retention.TotalDays} days. "
            + $"total_size stops at {SignInList.MaxCounted}.")
        {
            Filters =
            [
                new("client", "Only those in which the id or the name of a client begins like this."),
                new("network", "Only those from the network of this address: the /24 of an IPv4 address, the /48 of an IPv6 address."),
                new("cause", "Only those with this cause, a code of docs/reference/causes.md."),
                new("start_time", "Only those in this minute or later, RFC 3339.") { IsTime = true },
                new("end_time", "Only those in minutes before this time, RFC 3339.") { IsTime = true },
            ],
        });

    private static async Task<IResult> HandleAsync(ListQuery query, UnattributedEvents events, CancellationToken cancellationToken)
    {
        var page = query.Page();
        var filter = new UnattributedFilter(
            NetworkFilter.Read(query), query.Text("cause", 64), query.Time("start_time"), query.Time("end_time"),
            query.Text("client", ClientIdUrl.MaxLength));
        if (query.Validate() is { } problem)
        {
            return problem;
        }

        var (total, rows) = await events.ListAsync(filter, page.After, page.Limit, cancellationToken);
        var shown = page.Of(rows, e => new(e.Minute, e.Id));
        return JsonResponses.Ok(
            new UnattributedEventListResponse(total, shown.NextToken, [.. shown.Items.Select(Body)]));
    }

    private static UnattributedEventBody Body(UnattributedEvent happened) => new(
        happened.Reference, happened.Minute, happened.LastAt, happened.Count, happened.Network,
        AuthRequestBodies.CauseOf(happened.CauseCode, happened.Facts), AuthRequestBodies.FactsOf(happened.Facts));
}
