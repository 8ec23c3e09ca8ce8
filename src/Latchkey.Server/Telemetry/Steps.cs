namespace Latchkey.Server.Telemetry;

/// <summary>The steps of a sign-in: the names of their spans and of the label of their metrics.</summary>
internal static class Steps
{
    public const string Authorize = "authorize";
    public const string Push = "par";
    public const string Report = "report";
    public const string Callback = "callback";
    public const string ConsentPage = "consent_page";
    public const string ConsentDecision = "consent_decision";
    public const string Token = "token";

    /// <summary>Declares which step of a sign-in the route serves.</summary>
    public static T ServesStep<T>(this T route, string step)
        where T : IEndpointConventionBuilder => route.WithMetadata(new Served(step));

    /// <summary>The step that an endpoint serves, or null.</summary>
    public static string? Of(Endpoint? endpoint) => endpoint?.Metadata.GetMetadata<Served>()?.Step;

    private sealed record Served(string Step);
}
