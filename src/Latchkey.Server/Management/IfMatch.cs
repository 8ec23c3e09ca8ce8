using System.Globalization;
using Latchkey.Server.Configuration;

namespace Latchkey.Server.Management;

/// <summary>
/// The state of an entity that a change applies to (RFC 9110 §13.1.1): <c>If-Match</c> prevents lost updates.
/// The ETag of an entity is its revision.
/// </summary>
/// <param name="Tags">Null without the header.</param>
internal sealed record IfMatch(IReadOnlyList<string>? Tags)
{
    public static readonly IfMatch Unsaid = new(Tags: null);

    public static readonly Problem Changed = new(
        412, "precondition_failed", "The ETag in If-Match is out of date. Read the entity again and repeat the change.");

    public static async ValueTask<IfMatch?> BindAsync(HttpContext context)
    {
        if (context.Request.Headers.IfMatch is not { Count: > 0 } header)
        {
            return Unsaid;
        }

        // Another node may have issued the ETag just now, and the cache of this one can be a second behind.
        await context.RequestServices.GetRequiredService<ConfigurationCache>().ReloadAsync(context.RequestAborted);
        return new([.. header.OfType<string>().SelectMany(h => h.Split(',', StringSplitOptions.TrimEntries))]);
    }

    public static string TagOf(long revision) => string.Create(CultureInfo.InvariantCulture, $"\"{revision}\"");

    /// <summary>Returns the error of a change at this revision, or null. A weak ETag never matches (§8.8.3.2),
    /// and a missing entity matches no ETag.</summary>
    public Problem? Validate(long? revision) =>
        Tags is null
        || (revision is { } there && (Tags.Contains("*", StringComparer.Ordinal) || Tags.Contains(TagOf(there), StringComparer.Ordinal)))
            ? null
            : Changed;

    /// <summary>Deletes the entity, if it still has the state that the caller named. Returns null on success.</summary>
    /// <param name="revision">The revision that was read.</param>
    /// <param name="notFound">The error without If-Match when the entity is already deleted.</param>
    /// <param name="deleteAsync">Receives the revision that the row must still have, or null for any.</param>
    public async Task<Problem?> DeleteAsync(long revision, Problem notFound, Func<long?, Task<ConfigurationChange>> deleteAsync) =>
        Validate(revision)
        ?? (await deleteAsync(Tags is null ? null : revision) is ConfigurationChange.Done ? null : Tags is null ? notFound : Changed);
}
