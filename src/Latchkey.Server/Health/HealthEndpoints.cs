using Latchkey.Server.Storage;

namespace Latchkey.Server.Health;

/// <summary><c>/healthz</c>: the process runs. <c>/readyz</c>: storage is reachable and migrated, and the server is not stopping.</summary>
internal static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", static () => TypedResults.Text("ok\n"));
        app.MapGet("/readyz", ReadyAsync);
    }

    private static async Task<IResult> ReadyAsync(IDatabase database, IHostApplicationLifetime lifetime, CancellationToken cancellationToken) =>
        lifetime.ApplicationStopping.IsCancellationRequested ? NotReady("stopping\n")
        : await database.IsReadyAsync(cancellationToken) ? TypedResults.Text("ready\n")
        : NotReady("storage is not reachable, or its migrations are not done\n");

    private static IResult NotReady(string why) => TypedResults.Text(why, statusCode: StatusCodes.Status503ServiceUnavailable);
}
