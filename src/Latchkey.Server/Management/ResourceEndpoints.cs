using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;
using Latchkey.Server.OpenApi;
using Latchkey.Server.OpenApi.Operations;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Management;

/// <summary>Resources over REST: create, read, list, change, delete.</summary>
internal static class ResourceEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/resources", CreateAsync).WithMetadata(Roles.Write, TakesIdempotencyKey.Create).Described(ResourceOperations.Create);
        app.MapGet("/api/v1/resources", List).WithMetadata(Roles.Read).Described(ResourceOperations.List);
        app.MapGet("/api/v1/resources/{resource}", Get).WithMetadata(Roles.Read).Described(ResourceOperations.Get);
        app.MapPatch("/api/v1/resources/{resource}", ChangeAsync).WithMetadata(Roles.Write).Described(ResourceOperations.Change);
        app.MapDelete("/api/v1/resources/{resource}", DeleteAsync).WithMetadata(Roles.Write).Described(ResourceOperations.Delete);
    }

    private static async Task<IResult> CreateAsync(HttpRequest http, ApiCaller caller, ResourceAdministration resources, CancellationToken cancellationToken) =>
        Answers.Of(await resources.CreateAsync(caller.Actor, await JsonBody.ReadAsync(http, cancellationToken), cancellationToken), made =>
            Answers.Created(new ResourceAnswer(resources.Show(made)), ManagementJson.Default.ResourceAnswer, made.Revision));

    private static IResult List(HttpRequest http, ConfigurationCache configuration, ResourceAdministration resources)
    {
        var all = configuration.Current.Resources;
        return Page.Read(http, all, r => r.Id.Value, out var page) is { } problem ? problem : Answers.Ok(
            new ResourceListAnswer(all.Count, page.NextToken, [.. page.Items.Select(resources.Show)]), ManagementJson.Default.ResourceListAnswer);
    }

    private static IResult Get(string resource, ResourceAdministration resources) => Answer(resources.Find(resource), resources);

    private static async Task<IResult> ChangeAsync(
        HttpRequest http, string resource, ApiCaller caller, IfMatch expected, ResourceAdministration resources, CancellationToken cancellationToken) =>
        Answer(await resources.ChangeAsync(caller.Actor, resource, await JsonBody.ReadAsync(http, cancellationToken), expected, cancellationToken), resources);

    private static async Task<IResult> DeleteAsync(string resource, ApiCaller caller, IfMatch expected, ResourceAdministration resources, CancellationToken cancellationToken) =>
        await resources.DeleteAsync(caller.Actor, resource, expected, cancellationToken) ?? Answers.Nothing;

    public static Resource? Find(string text, ConfigurationSnapshot configuration) => ResourceId.Parse(text) is { } id ? configuration.Find(id) : null;

    private static IResult Answer(Outcome<Resource> outcome, ResourceAdministration resources) => Answers.Of(outcome, found =>
        Answers.Ok(new ResourceAnswer(resources.Show(found)), ManagementJson.Default.ResourceAnswer, found.Revision));
}

/// <summary>Which roles may read and write configuration.</summary>
internal static class Roles
{
    public static readonly RequiresRole Write = new(ApiRole.Management);
    public static readonly RequiresRole Read = new(ApiRole.Management, ApiRole.ReadOnly);
}
