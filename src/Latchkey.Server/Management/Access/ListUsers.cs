using Latchkey.Server.Configuration;
using Latchkey.Server.Grants;

namespace Latchkey.Server.Management.Access;

internal static class ListUsers
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/connections/{connection}/users", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "ListUsers", OperationTags.Access, "List the users of a connection",
            OperationResponse.Ok(() => new UserListResponse(1, "", [Samples.UserBody])),
            "All users that were ever reported for it, the newest report first.")
        { Filters = [AccessFilters.Search] });

    private static async Task<IResult> HandleAsync(
        ListQuery query, string connection, SeenUsers users, ConfigurationCache configuration, CancellationToken cancellationToken)
    {
        if (configuration.Current.FindConnection(connection) is not { } found)
        {
            return Problem.NotFound("connection", connection);
        }

        var (search, page) = (query.Text("search", AccessFilters.MaxSearchLength), query.Page());
        if (query.Validate() is { } problem)
        {
            return problem;
        }

        var (total, rows) = await users.ListAsync(found.Id, search, page.After, page.Limit, cancellationToken);
        var shown = page.Of(rows, u => new(u.UpdatedAt, u.User.Subject));
        return JsonResponses.Ok(new UserListResponse(total, shown.NextToken, [.. shown.Items.Select(UserBody.Of)]));
    }
}
