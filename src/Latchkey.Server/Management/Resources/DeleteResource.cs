using Latchkey.Server.Configuration;

namespace Latchkey.Server.Management.Resources;

internal static class DeleteResource
{
    public static void Map(IEndpointRouteBuilder app) => app.MapDelete("/api/v1/resources/{resource}", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new("DeleteResource", OperationTags.Resources, "Delete a resource", OperationResponse.Empty)
        {
            Description = "Nobody gets tokens for it any more. Its connection stays.",
        });

    private static async Task<IResult> HandleAsync(
        string resource, ApiCaller caller, IfMatch expected, ConfigurationStore store, ConfigurationCache configuration, ILogger<ConfigurationStore> logger,
        CancellationToken cancellationToken)
    {
        if (configuration.Current.FindResource(resource) is not { } found)
        {
            return Problem.NotFound("resource", resource);
        }

        var problem = await expected.DeleteAsync(
            found.Revision, Problem.NotFound("resource", resource), revision => store.DeleteAsync(found, revision, caller.Actor, cancellationToken));
        if (problem is not null)
        {
            return problem;
        }

        await configuration.ReloadAsync(cancellationToken);
        ChangeLog.Changed(logger, caller.Actor, "deleted resource", found.Id.Value);
        return Answers.Nothing;
    }
}
