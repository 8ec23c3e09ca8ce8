using Latchkey.Server.OAuth;
using Latchkey.Server.OpenApi;
using Latchkey.Server.OpenApi.Operations;

namespace Latchkey.Server.Management;

/// <summary>OAuth clients over REST: those of one resource, and every client by its id.</summary>
internal static class ClientEndpoints
{
    private const string OfResource = "/api/v1/resources/{resource}/clients";
    private const string Any = "/api/v1/oauth-clients";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(OfResource, CreateAsync).WithMetadata(Roles.Write, TakesIdempotencyKey.Create).Described(ClientOperations.Create);
        app.MapGet(OfResource, ListOfResourceAsync).WithMetadata(Roles.Read).Described(ClientOperations.ListOfResource);
        app.MapGet(OfResource + "/{client}", GetOfResourceAsync).WithMetadata(Roles.Read).Described(ClientOperations.GetOfResource);
        app.MapPatch(OfResource + "/{client}", ChangeOfResourceAsync).WithMetadata(Roles.Write).Described(ClientOperations.ChangeOfResource);
        app.MapDelete(OfResource + "/{client}", DeleteAsync).WithMetadata(Roles.Write).Described(ClientOperations.Delete);
        app.MapGet(Any, ListAsync).WithMetadata(Roles.Read).Described(ClientOperations.List);
        app.MapGet(Any + "/{client}", GetAsync).WithMetadata(Roles.Read).Described(ClientOperations.Get);
        app.MapPatch(Any + "/{client}", ChangeAsync).WithMetadata(Roles.Write).Described(ClientOperations.Change);
    }

    private static async Task<IResult> CreateAsync(HttpRequest http, string resource, ApiCaller caller, StaticClients clients, CancellationToken cancellationToken) =>
        Answers.Of(await clients.CreateAsync(caller.Actor, resource, await JsonBody.ReadAsync(http, cancellationToken), cancellationToken), made =>
            Answers.Created(ClientAnswer.Of(made), ManagementJson.Default.ClientAnswer, made.Client.Revision));

    private static async Task<IResult> ListOfResourceAsync(string resource, StaticClients clients, CancellationToken cancellationToken) =>
        Answers.Of(await clients.OfResourceAsync(resource, cancellationToken), found => Answers.Ok(ClientListAnswer.Of(found), ManagementJson.Default.ClientListAnswer));

    private static async Task<IResult> GetOfResourceAsync(string resource, string client, StaticClients clients, CancellationToken cancellationToken) =>
        Answers.Of(await clients.FindAsync(resource, client, cancellationToken), Answer);

    private static async Task<IResult> ChangeOfResourceAsync(
        HttpRequest http, string resource, string client, ApiCaller caller, IfMatch expected, StaticClients clients, CancellationToken cancellationToken) =>
        Answers.Of(await clients.ChangeAsync(caller.Actor, resource, client, await JsonBody.ReadAsync(http, cancellationToken), expected, cancellationToken), Answer);

    private static async Task<IResult> DeleteAsync(string resource, string client, ApiCaller caller, IfMatch expected, StaticClients clients, CancellationToken cancellationToken) =>
        await clients.DeleteAsync(caller.Actor, resource, client, expected, cancellationToken) ?? Answers.Nothing;

    private static async Task<IResult> ListAsync(HttpRequest http, StaticClients clients, CancellationToken cancellationToken)
    {
        var query = new ListQuery(http);
        var page = query.Page();
        var resource = query.Id("resource_id", "resource", text => ResourceId.Parse(text));
        if (query.WhatIsWrong() is { } problem)
        {
            return problem;
        }

        var (total, shown) = await clients.ListAsync(resource, page, cancellationToken);
        return Answers.Ok(new OAuthClientListAnswer(total, shown.NextToken, [.. shown.Items.Select(s => s.Body)]), ManagementJson.Default.OAuthClientListAnswer);
    }

    private static async Task<IResult> GetAsync(HttpRequest http, string client, StaticClients clients, CancellationToken cancellationToken) =>
        Answers.Of(await clients.FindAsync(resource: null, SegmentAsSent.Client(http, client), cancellationToken), Answer);

    private static async Task<IResult> ChangeAsync(HttpRequest http, string client, ApiCaller caller, IfMatch expected, StaticClients clients, CancellationToken cancellationToken) => Answers.Of(
        await clients.ChangeAsync(caller.Actor, resource: null, SegmentAsSent.Client(http, client), await JsonBody.ReadAsync(http, cancellationToken), expected, cancellationToken), Answer);

    private static IResult Answer(ShownClient shown) => Answers.Ok(ClientAnswer.Of(shown), ManagementJson.Default.ClientAnswer, shown.Client.Revision);
}
