using Latchkey.Server.Keys;

namespace Latchkey.Server.Management.Server;

internal static class RotateKey
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/keys:rotate", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "RotateKey", OperationTags.Server, "Rotate a key", OperationResponse.Ok(() => Samples.Rotated),
            "The next key becomes current and signs. The former one stays in the key set until the tokens it signed have expired.")
        { Problems = [TooSoon("RS256", new(2026, 1, 3, 9, 30, 0, TimeSpan.Zero)), Problem.Overtaken] });

    private static async Task<IResult> HandleAsync(
        ApiCaller caller, JsonBody body, KeyAdministration keys, CancellationToken cancellationToken)
    {
        var (purpose, force) = (body.Text("purpose", 32, required: true), body.YesNo("force") ?? false);
        if (body.Validate() is { } problem)
        {
            return problem;
        }

        return await keys.RotateAsync(purpose!, force, caller.Actor, cancellationToken) switch
        {
            RotationOutcome.Rotated rotated => JsonResponses.Ok(
                new KeyRotatedResponse(rotated.Purpose, rotated.FormerId, rotated.CurrentId)),
            RotationOutcome.TooSoon soon => TooSoon(soon.Purpose, soon.From),
            RotationOutcome.UnknownKey => Problem.Invalid("purpose", "must be the purpose of a key that GET /api/v1/keys shows as current"),
            RotationOutcome.Overtaken => Problem.Overtaken,
            RotationOutcome.Retired => throw new InvalidOperationException("a rotation retires no key"),
        };
    }

    private static Problem TooSoon(string purpose, DateTimeOffset from) => new(
        409, "rotation_too_soon",
        $"The next {purpose} key has been published for less than a day, so caches of the key set may not contain it. "
        + $"Rotate after {from:yyyy-MM-dd HH:mm}Z, or with force: true.");
}

internal sealed record KeyRotatedResponse(string Purpose, string FormerId, string CurrentId);
