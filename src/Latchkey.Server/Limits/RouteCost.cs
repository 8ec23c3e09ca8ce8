using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Features;

namespace Latchkey.Server.Limits;

/// <summary>
/// What a request to a route costs the network that sends it, as metadata of the route. A route without this metadata costs one unit, so a
/// new route is inside the budget. The unit is a request that is answered from memory; a unit of work in the database is about five.
/// What a request stores or fetches is charged where its size is known (<see cref="RateLimits"/>).
/// </summary>
internal abstract record RouteCost
{
    private RouteCost() { }

    private static readonly RouteCost Default = new Program(1);

    private static readonly RouteCost Managed =
        new Exempt("A management credential is required, and wrong ones are counted (RateLimits.FailureOfBearer).");

    /// <summary>Units of a request that reads or writes a row.</summary>
    public const int RowUnits = 5;

    /// <summary>Reading and checking 1 KiB of a body costs about as much as an answer from memory.</summary>
    private const int BytesPerUnit = 1024;

    /// <summary>Units of a body whose length is not announced.</summary>
    private const int UnknownLengthUnits = 64;

    /// <summary>A page for browsers, refused while the budget is spent. Requests that are not navigations are refused uncounted.</summary>
    /// <param name="Event">The name of the sign-in event of a refusal.</param>
    public sealed record Page(int Units, string Event) : RouteCost;

    /// <summary>A route for programs, refused while the budget is spent.</summary>
    public sealed record Program(int Units) : RouteCost;

    /// <summary>
    /// A route that checks a credential, which costs little. It is charged and never refused before the check, so that the right credential
    /// is accepted while its network has spent its budget. The flow returns the units when the credential was right.
    /// </summary>
    public sealed record Credential(int Units) : RouteCost;

    /// <summary>A route that costs nothing.</summary>
    public sealed record Exempt(string Reason) : RouteCost;

    /// <summary>The units of a request: those of its route, and one per KiB of its body.</summary>
    public static int UnitsOf(HttpContext http)
    {
        var ofRoute = Of(http.GetEndpoint()) switch
        {
            Page page => page.Units,
            Program program => program.Units,
            Credential credential => credential.Units,
            Exempt => 0,
        };

        // A body over HTTP/2 has no Transfer-Encoding, so the feature tells whether there is one.
        return ofRoute + (http.Request.ContentLength is { } bytes ? (int)Math.Min(bytes / BytesPerUnit, UnknownLengthUnits)
            : http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } ? UnknownLengthUnits
            : 0);
    }

    /// <summary>The cost of a route. A request that no route matches costs one unit.</summary>
    public static RouteCost Of(Endpoint? endpoint) =>
        endpoint is null ? Default
        : endpoint.Metadata.GetMetadata<RouteCost>()
            ?? (endpoint.Metadata.GetMetadata<IAuthorizeData>() is null || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
                ? Default
                : Managed);
}

internal static class RouteCosts
{
    /// <summary>Declares what a request to the route costs.</summary>
    public static T Costs<T>(this T route, RouteCost cost)
        where T : IEndpointConventionBuilder => route.WithMetadata(cost);
}
