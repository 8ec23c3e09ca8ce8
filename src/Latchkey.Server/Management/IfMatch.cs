using System.Globalization;
using Latchkey.Server.Configuration;
using Latchkey.Server.Http;

namespace Latchkey.Server.Management;

/// <summary>
/// The state of a thing that a change is meant for (RFC 9110 §13.1.1): with <c>If-Match</c> nobody overwrites what somebody else wrote since it was read.
/// The tag of a thing is its revision.
/// </summary>
/// <param name="Tags">Null: the caller did not say.</param>
internal sealed record IfMatch(IReadOnlyList<string>? Tags)
{
    public static readonly IfMatch Unsaid = new(Tags: null);

    public static readonly Problem Changed = new(412, "precondition_failed", "The ETag in If-Match is out of date. Read the entity again and repeat the change.");

    public static async ValueTask<IfMatch?> BindAsync(HttpContext context)
    {
        if (context.Request.Headers.IfMatch is not { Count: > 0 } header)
        {
            return Unsaid;
        }

        // Another node may have given the tag a moment ago: what this one remembers can be a second behind.
        await context.RequestServices.GetRequiredService<ConfigurationCache>().ReloadAsync(context.RequestAborted);
        return new([.. header.OfType<string>().SelectMany(h => h.Split(',', StringSplitOptions.TrimEntries))]);
    }

    public static string TagOf(long revision) => string.Create(CultureInfo.InvariantCulture, $"\"{revision}\"");

    /// <summary>What stands against a change of the thing at this revision; null: nothing. A weak tag matches nothing (§8.8.3.2), and nothing matches what is not there.</summary>
    public Problem? Validate(long? revision) =>
        Tags is null || (revision is { } there && (Tags.Contains("*", StringComparer.Ordinal) || Tags.Contains(TagOf(there), StringComparer.Ordinal))) ? null : Changed;

    /// <summary>Deletes the thing, in this state where the caller named one; null: it is gone.</summary>
    /// <param name="revision">As the thing was read.</param>
    /// <param name="notFound">For who named no state and comes too late.</param>
    /// <param name="deleteAsync">Takes the revision that the row must still have; null: any.</param>
    public async Task<Problem?> DeleteAsync(long revision, Problem notFound, Func<long?, Task<ConfigurationChange>> deleteAsync) =>
        Validate(revision) ?? (await deleteAsync(Tags is null ? null : revision) is ConfigurationChange.Done ? null : Tags is null ? notFound : Changed);
}
