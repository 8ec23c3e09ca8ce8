namespace Latchkey.Server.Management;

/// <summary>
/// The description of one operation for its callers, declared beside its route. The rest is read from the route: the path, the roles,
/// the body, the headers and the query that its handler binds, and the errors that come with them.
/// </summary>
/// <param name="Id">Unique. Generated clients name their methods after it.</param>
/// <param name="Summary">One phrase without a full stop.</param>
internal sealed record Operation(string Id, string Tag, string Summary, OperationResponse Response, string? Description = null)
{
    /// <summary>The name of the request's schema, if it is not the id.</summary>
    public string? Body { get; init; }

    /// <summary>A missing body counts as an empty object.</summary>
    public bool BodyIsOptional { get; init; }

    /// <summary>A repeated request with the same <c>Idempotency-Key</c> gets the first response
    /// (<see cref="IdempotentCreates"/>).</summary>
    public bool TakesIdempotencyKey { get; init; }

    public IReadOnlyList<QueryParameter> Filters { get; init; } = [];

    /// <summary>The errors of this operation alone.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];
}

/// <summary>A query parameter that narrows a list.</summary>
internal sealed record QueryParameter(string Name, string Description)
{
    public IReadOnlyList<string> Choices { get; init; } = [];

    public bool IsTime { get; init; }
}

/// <summary>The response of an operation that succeeded.</summary>
/// <param name="Example">An object of the response type, so that its members are right.</param>
/// <param name="HasETag">It has the <c>ETag</c> of the entity that it shows.</param>
internal sealed record OperationResponse(int Status, Type Type, Func<object> Example, bool HasETag)
{
    public static readonly OperationResponse Empty = Ok(() => new EmptyResponse());

    public static OperationResponse Ok<T>(Func<T> example, bool hasETag = false)
        where T : class => new(StatusCodes.Status200OK, typeof(T), example, hasETag);

    public static OperationResponse Created<T>(Func<T> example, bool hasETag = false)
        where T : class => new(StatusCodes.Status201Created, typeof(T), example, hasETag);
}

internal static class OperationRoutes
{
    /// <param name="policy">The policy of <see cref="ManagementPolicies"/> that a caller must satisfy.</param>
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder route, string policy, Operation operation) =>
        route.RequireAuthorization(policy).WithMetadata(
            operation,
            new ProducesResponseTypeMetadata(operation.Response.Status, operation.Response.Type, ["application/json"]),
            new ProducesResponseTypeMetadata(StatusCodes.Status403Forbidden, typeof(ProblemBody), ["application/problem+json"]));
}
