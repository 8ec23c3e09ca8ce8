using Latchkey.Server.OpenApi;
using Latchkey.Server.OpenApi.Operations;

namespace Latchkey.Server.Management;

/// <summary>Clients of the company's customers over REST.</summary>
internal static class OrganizationClientEndpoints
{
    private const string All = "/api/v1/organizations/{organization}/clients";
    private const string One = All + "/{client}";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(All, CreateAsync).WithMetadata(Roles.Write, TakesIdempotencyKey.Create).Described(OrganizationClientOperations.Create);
        app.MapGet(All, ListAsync).WithMetadata(Roles.Read).Described(OrganizationClientOperations.List);
        app.MapGet(One, GetAsync).WithMetadata(Roles.Read).Described(OrganizationClientOperations.Get);
        app.MapPatch(One, ChangeAsync).WithMetadata(Roles.Write).Described(OrganizationClientOperations.Change);
        app.MapDelete(One, DeleteAsync).WithMetadata(Roles.Write).Described(OrganizationClientOperations.Delete);
    }

    private static async Task<IResult> CreateAsync(HttpRequest http, string organization, ApiCaller caller, OrganizationClients clients, CancellationToken cancellationToken) => Answers.Of(
        await clients.CreateAsync(caller.Actor, SegmentAsSent.Organization(http, organization), await JsonBody.ReadAsync(http, cancellationToken), cancellationToken),
        made => Answers.Created(ClientAnswer.Of(made), ManagementJson.Default.ClientAnswer, made.Client.Revision));

    private static async Task<IResult> ListAsync(HttpRequest http, string organization, OrganizationClients clients, CancellationToken cancellationToken)
    {
        var query = new ListQuery(http);
        var page = query.Page();
        if (query.WhatIsWrong() is { } problem)
        {
            return problem;
        }

        return Answers.Of(await clients.ListAsync(SegmentAsSent.Organization(http, organization), page, cancellationToken), found => Answers.Ok(
            new OAuthClientListAnswer(found.Total, found.Page.NextToken, [.. found.Page.Items.Select(s => s.Body)]), ManagementJson.Default.OAuthClientListAnswer));
    }

    private static async Task<IResult> GetAsync(HttpRequest http, string organization, string client, OrganizationClients clients, CancellationToken cancellationToken) =>
        Answers.Of(await clients.FindAsync(SegmentAsSent.Organization(http, organization), client, cancellationToken), Answer);

    private static async Task<IResult> ChangeAsync(HttpRequest http, string organization, string client, ApiCaller caller, IfMatch expected, OrganizationClients clients, CancellationToken cancellationToken) => Answers.Of(
        await clients.ChangeAsync(caller.Actor, SegmentAsSent.Organization(http, organization), client, await JsonBody.ReadAsync(http, cancellationToken), expected, cancellationToken), Answer);

    private static async Task<IResult> DeleteAsync(HttpRequest http, string organization, string client, ApiCaller caller, IfMatch expected, OrganizationClients clients, CancellationToken cancellationToken) =>
        await clients.DeleteAsync(caller.Actor, SegmentAsSent.Organization(http, organization), client, expected, cancellationToken) ?? Answers.Nothing;

    private static IResult Answer(ShownClient shown) => Answers.Ok(ClientAnswer.Of(shown), ManagementJson.Default.ClientAnswer, shown.Client.Revision);
}
