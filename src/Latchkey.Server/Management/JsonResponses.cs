using System.Text.Json.Serialization.Metadata;
using Latchkey.Server.Http;

namespace Latchkey.Server.Management;

/// <summary>What became of a call, whoever carried it here.</summary>
internal abstract record Outcome<T>
{
    private Outcome() { }

    public sealed record Done(T Thing) : Outcome<T>;

    public sealed record Refused(Problem Problem) : Outcome<T>;

    public static implicit operator Outcome<T>(Problem problem) => new Refused(problem);

    /// <summary>Why it was refused; null: it was not, and <paramref name="thing"/> is what came of it.</summary>
    public Problem? Validate(out T thing)
    {
        (thing, var problem) = this switch
        {
            Done done => (done.Thing, (Problem?)null),
            Refused refused => (default!, refused.Problem),
        };
        return problem;
    }
}

/// <summary>Answers of the API: never cached, because some hold a secret that is shown once, and all hold what only a credential may read.</summary>
internal static class JsonResponses
{
    /// <param name="revision">The revision of the one thing that the answer shows: its <c>ETag</c>, which a change may demand (<see cref="IfMatch"/>).</param>
    public static IResult Ok<T>(T answer, long? revision = null) => Of(StatusCodes.Status200OK, answer, revision);

    public static IResult Created<T>(T answer, long? revision = null) => Of(StatusCodes.Status201Created, answer, revision);

    public static IResult Nothing => Ok(new EmptyResponse());

    /// <summary>The answer of a call that may be refused.</summary>
    public static IResult Of<T>(Outcome<T> outcome, Func<T, IResult> answer) => outcome.Validate(out var thing) is { } problem ? problem : answer(thing);

    private static JsonResult Of<T>(int status, T answer, long? revision) =>
        JsonResult.Of(status, answer, (JsonTypeInfo<T>)ManagementJson.Default.GetTypeInfo(typeof(T))!) with { ETag = revision is { } number ? IfMatch.TagOf(number) : null };
}
