using System.Text.Json.Serialization.Metadata;

namespace Latchkey.Server.Management;

/// <summary>The result of an operation, for REST and gRPC.</summary>
internal abstract record Outcome<T>
{
    private Outcome() { }

    public sealed record Done(T Thing) : Outcome<T>;

    public sealed record Refused(Problem Problem) : Outcome<T>;

    public static implicit operator Outcome<T>(T thing) => new Done(thing);

    public static implicit operator Outcome<T>(Problem problem) => new Refused(problem);

    /// <summary>Returns the error, or null with <paramref name="thing"/> as the result.</summary>
    public Problem? ProblemOr(out T thing)
    {
        (thing, var problem) = this switch
        {
            Done done => (done.Thing, (Problem?)null),
            Refused refused => (default!, refused.Problem),
        };
        return problem;
    }
}

/// <summary>Responses of the API. They are never cached: some contain a secret that is shown only once,
/// and all require a credential.</summary>
internal static class JsonResponses
{
    /// <param name="revision">The revision of the entity in the response, which is its <c>ETag</c> (<see cref="IfMatch"/>).</param>
    public static IResult Ok<T>(T answer, long? revision = null) => Of(StatusCodes.Status200OK, answer, revision);

    public static IResult Created<T>(T answer, long? revision = null) => Of(StatusCodes.Status201Created, answer, revision);

    public static IResult Nothing => Ok(new EmptyResponse());

    /// <summary>The response of an operation that can be refused.</summary>
    public static IResult Of<T>(Outcome<T> outcome, Func<T, IResult> answer) =>
        outcome.ProblemOr(out var thing) is { } problem ? problem : answer(thing);

    private static JsonResult Of<T>(int status, T answer, long? revision) =>
        JsonResult.Of(status, answer, (JsonTypeInfo<T>)ManagementJson.Default.GetTypeInfo(typeof(T))!) with
        {
            ETag = revision is { } number ? IfMatch.TagOf(number) : null
        };
}
