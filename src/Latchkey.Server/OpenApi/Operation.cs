using Latchkey.Server.Management;

namespace Latchkey.Server.OpenApi;

/// <summary>
/// What the API's document says of one route, beside the route's Map line. Only what the route cannot tell by itself stands here: its role, its path, the headers it
/// binds and the problems that come with them are read from the route.
/// </summary>
/// <param name="Id">Unique; programs generated from the document name their functions by it.</param>
/// <param name="Summary">What the call does, without a full stop.</param>
internal sealed record Operation(string Id, string Tag, string Summary, Answer Answer)
{
    /// <summary>What a caller must know besides.</summary>
    public string? Words { get; init; }

    /// <summary>The definition in requests.json; null: no body is looked at.</summary>
    public string? Body { get; init; }

    /// <summary>No body at all is an empty object.</summary>
    public bool BodyIsOptional { get; init; }

    /// <summary>The answer comes in pages: <c>page_size</c>, <c>page_token</c>.</summary>
    public bool IsPaged { get; init; }

    public IReadOnlyList<Filter> Filters { get; init; } = [];

    /// <summary>The refusals of this call's own.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];
}

/// <summary>A parameter that a list may be narrowed by.</summary>
internal sealed record Filter(string Name, string Words)
{
    public IReadOnlyList<string> Choices { get; init; } = [];

    public bool IsTime { get; init; }
}

/// <summary>The answer of a call that was done.</summary>
/// <param name="Example">Made by the type that the server answers with: its members cannot be wrong.</param>
/// <param name="HasTag">It carries the <c>ETag</c> of the one thing it shows.</param>
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
