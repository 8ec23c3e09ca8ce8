using Latchkey.Server.Management;

namespace Latchkey.Server.OpenApi;

/// <summary>
/// The description of one operation, beside the Map line of its route. It contains only what the route does not have: role, path, headers
/// and the errors that come with them are read from the route.
/// </summary>
/// <param name="Id">Unique. Code generators name functions by it.</param>
/// <param name="Summary">What the operation does, without a full stop.</param>
internal sealed record Operation(string Id, string Tag, string Summary, Answer Answer)
{
    /// <summary>Further details for the caller.</summary>
    public string? Words { get; init; }

    /// <summary>The definition in requests.json, or null when the operation has no request body.</summary>
    public string? Body { get; init; }

    /// <summary>An absent body counts as an empty object.</summary>
    public bool BodyIsOptional { get; init; }

    /// <summary>The response is paged: <c>page_size</c>, <c>page_token</c>.</summary>
    public bool IsPaged { get; init; }

    public IReadOnlyList<Filter> Filters { get; init; } = [];

    /// <summary>The errors that only this operation has.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];
}

/// <summary>A query parameter that filters a list.</summary>
internal sealed record Filter(string Name, string Words)
{
    public IReadOnlyList<string> Choices { get; init; } = [];

    public bool IsTime { get; init; }
}

/// <summary>The response of a successful call.</summary>
/// <param name="Example">Made with the type of the response, so that its members are always right.</param>
/// <param name="HasTag">True when the response has the <c>ETag</c> of its entity.</param>
internal sealed record Answer(int Status, Type Type, Func<object> Example, bool HasTag)
{
    public static readonly Answer Nothing = Ok(() => new EmptyAnswer());

    public static Answer Ok<T>(Func<T> example, bool hasTag = false)
        where T : class => new(StatusCodes.Status200OK, typeof(T), example, hasTag);

    public static Answer Created<T>(Func<T> example, bool hasTag = false)
        where T : class => new(StatusCodes.Status201Created, typeof(T), example, hasTag);
}

internal static class Describing
{
    public static RouteHandlerBuilder Described(this RouteHandlerBuilder route, Operation operation) =>
        route.WithMetadata(operation, new ProducesResponseTypeMetadata(operation.Answer.Status, operation.Answer.Type, ["application/json"]), new ProducesResponseTypeMetadata(StatusCodes.Status403Forbidden, typeof(ProblemBody), ["application/problem+json"]));
}
