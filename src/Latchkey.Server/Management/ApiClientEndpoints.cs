using Latchkey.Server.Configuration;
using Latchkey.Server.OpenApi;
using Latchkey.Server.OpenApi.Operations;

namespace Latchkey.Server.Management;

/// <summary>API clients over REST.</summary>
internal static class ApiClientEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/clients", CreateAsync).WithMetadata(Roles.Write, TakesIdempotencyKey.Create).Described(ApiClientOperations.Create);
        app.MapGet("/api/v1/clients", ListAsync).WithMetadata(Roles.Read).Described(ApiClientOperations.List);
        app.MapGet("/api/v1/clients/{client}", GetAsync).WithMetadata(Roles.Read).Described(ApiClientOperations.Get);
        app.MapPatch("/api/v1/clients/{client}", ChangeAsync).WithMetadata(Roles.Write).Described(ApiClientOperations.Change);
        app.MapDelete("/api/v1/clients/{client}", DeleteAsync).WithMetadata(Roles.Write).Described(ApiClientOperations.Delete);
    }

    private static async Task<IResult> CreateAsync(HttpRequest http, ApiCaller caller, ApiClients clients, CancellationToken cancellationToken) =>
        Answers.Of(await clients.CreateAsync(caller.Actor, await JsonBody.ReadAsync(http, cancellationToken), cancellationToken), made =>
            Answers.Created(new ApiClientAnswer(made.Body, made.PlainSecret?.Value), ManagementJson.Default.ApiClientAnswer, made.Client.Revision));

    private static async Task<IResult> ListAsync(HttpRequest http, ApiClients clients, ConfigurationCache configuration, CancellationToken cancellationToken)
    {
        var all = configuration.Current.ApiClients;
        if (Page.Read(http, all, c => c.Id.Value, out var page) is { } problem)
        {
            return problem;
        }

        var shown = await clients.ShowAsync(page.Items, cancellationToken);
        return Answers.Ok(new ApiClientListAnswer(all.Count, page.NextToken, [.. shown.Select(s => s.Body)]), ManagementJson.Default.ApiClientListAnswer);
    }

    private static async Task<IResult> GetAsync(string client, ApiClients clients, CancellationToken cancellationToken) => Answers.Of(await clients.FindAsync(client, cancellationToken), Answer);

    private static async Task<IResult> ChangeAsync(HttpRequest http, string client, ApiCaller caller, IfMatch expected, ApiClients clients, CancellationToken cancellationToken) =>
        Answers.Of(await clients.ChangeAsync(caller, client, await JsonBody.ReadAsync(http, cancellationToken), expected, cancellationToken), Answer);

    private static async Task<IResult> DeleteAsync(string client, ApiCaller caller, IfMatch expected, ApiClients clients, CancellationToken cancellationToken) =>
        await clients.DeleteAsync(caller, client, expected, cancellationToken) ?? Answers.Nothing;

    private static IResult Answer(ShownApiClient shown) => Answers.Ok(new ApiClientAnswer(shown.Body, PlainSecret: null), ManagementJson.Default.ApiClientAnswer, shown.Client.Revision);
}
