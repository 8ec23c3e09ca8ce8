using Latchkey.Server.Management;
using Latchkey.Server.Management.ApiClients;

namespace Latchkey.Server.ConfigurationFile;

internal static class ApplyFile
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/configuration:apply", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "ApplyConfiguration", OperationTags.Server, "Apply a configuration file", OperationResponse.Ok(() => Samples.AppliedPlan),
            "The same as latchkey apply. With dry_run, the response has the differences and nothing is changed. Send its plan with the "
            + "request that makes the changes, so that they are those that were shown.")
        {
            Problems =
            [
                ConfigurationAdministration.InvalidFile(["latchkey.yaml, line 3: resources[0].name is required."]),
                ConfigurationAdministration.PlanChanged,
                ApiClientAdministration.OwnCredential,
                Problem.Overtaken,
            ],
        });

    private static async Task<IResult> HandleAsync(
        ApiCaller caller, JsonBody body, ConfigurationAdministration configuration, CancellationToken cancellationToken) =>
        JsonResponses.Of(await configuration.ApplyAsync(caller, body, cancellationToken), plan => JsonResponses.Ok(plan));
}
