using Latchkey.Server.Configuration;
using Latchkey.Server.Consent;
using Latchkey.Server.Login;
using Latchkey.Server.OAuth;
using Latchkey.Server.OpenApi;
using Latchkey.Server.OpenApi.Operations;

namespace Latchkey.Server.Management;

/// <summary>Consents, grants and the people who gave them, over REST.</summary>
internal static class AccessEndpoints
{
    private const int MaxSearchLength = 128;

    /// <summary>UTF-8 of at most 255 bytes.</summary>
    private const int MaxSubjectLength = 255;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/user_consents", ListConsentsAsync).RequireAuthorization(ManagementPolicies.Read).Described(AccessOperations.ListConsents);
        app.MapDelete("/api/v1/clients/{client}/consents/{consent}", RevokeConsentAsync).RequireAuthorization(ManagementPolicies.Write).Described(AccessOperations.RevokeConsent);
        app.MapGet("/api/v1/grants", ListGrantsAsync).RequireAuthorization(ManagementPolicies.Read).Described(AccessOperations.ListGrants);
        app.MapDelete("/api/v1/grants/{grant}", EndGrantAsync).RequireAuthorization(ManagementPolicies.Write).Described(AccessOperations.EndGrant);
        app.MapGet("/api/v1/connections/{connection}/users", ListUsersAsync).RequireAuthorization(ManagementPolicies.Read).Described(AccessOperations.ListUsers);
    }

    private static async Task<IResult> ListConsentsAsync(HttpRequest http, GivenAccess access, CancellationToken cancellationToken)
    {
        var query = new ListQuery(http);
        var (filter, page) = (Filter(query), query.Page());
        if (query.WhatIsWrong() is { } problem)
        {
            return problem;
        }

        var (total, shown) = await access.ConsentsAsync(filter, page, cancellationToken);
        return Answers.Ok(new ConsentListAnswer(total, shown.NextToken, shown.Items), ManagementJson.Default.ConsentListAnswer);
    }

    private static async Task<IResult> ListGrantsAsync(HttpRequest http, GivenAccess access, CancellationToken cancellationToken)
    {
        var query = new ListQuery(http);
        var (filter, page) = (Filter(query), query.Page());
        var state = query.Choice("state", "live", "ended");
        if (query.WhatIsWrong() is { } problem)
        {
            return problem;
        }

        var (total, shown) = await access.GrantsAsync(filter, state is null ? null : state == "live", page, cancellationToken);
        return Answers.Ok(new GrantListAnswer(total, shown.NextToken, shown.Items), ManagementJson.Default.GrantListAnswer);
    }

    private static async Task<IResult> RevokeConsentAsync(HttpRequest http, string client, string consent, ApiCaller caller, GivenAccess access, CancellationToken cancellationToken) =>
        await access.RevokeConsentAsync(caller.Actor, SegmentAsSent.Client(http, client), consent, cancellationToken) ?? Answers.Nothing;

    private static async Task<IResult> EndGrantAsync(string grant, ApiCaller caller, GivenAccess access, CancellationToken cancellationToken) =>
        await access.EndGrantAsync(caller.Actor, grant, cancellationToken) ?? Answers.Nothing;

    private static async Task<IResult> ListUsersAsync(HttpRequest http, string connection, SeenUsers users, ConfigurationCache configuration, CancellationToken cancellationToken)
    {
        if (ConnectionId.Parse(connection) is not { } id || configuration.Current.Find(id) is null)
        {
            return Problem.NotFound("connection", connection);
        }

        var query = new ListQuery(http);
        var (search, page) = (query.Text("search", MaxSearchLength), query.Page());
        if (query.WhatIsWrong() is { } problem)
        {
            return problem;
        }

        var (total, rows) = await users.ListAsync(id, search, page.After, page.Limit, cancellationToken);
        var shown = page.Of(rows, u => new(u.UpdatedAt, u.User.Subject));
        return Answers.Ok(new UserListAnswer(total, shown.NextToken, [.. shown.Items.Select(UserBody.Of)]), ManagementJson.Default.UserListAnswer);
    }

    private static AccessFilter Filter(ListQuery query) => new(
        query.Id("resource_id", "resource", text => ResourceId.Parse(text)),
        query.Id("client_id", "client", text => ClientId.Parse(text)),
        query.Id("connection_id", "connection", text => ConnectionId.Parse(text)),
        query.Text("external_user_id", MaxSubjectLength),
        query.Text("search", MaxSearchLength));
}
