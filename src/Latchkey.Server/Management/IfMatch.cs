using System.Globalization;

namespace Latchkey.Server.Management;

/// <summary>
/// The state of a thing that a change is meant for (RFC 9110 §13.1.1): with <c>If-Match</c> nobody overwrites what somebody else wrote since it was read.
/// The tag of a thing is its revision.
/// </summary>
/// <param name="Tags">Null: the caller did not say.</param>
internal sealed record IfMatch(IReadOnlyList<string>? Tags)
{
    public static readonly IfMatch Unsaid = new(Tags: null);

    public static readonly Problem Changed = new(412, "precondition_failed", "It is not in the state that If-Match names: somebody changed it since. Read it again and repeat the change.");

    public static ValueTask<IfMatch?> BindAsync(HttpContext context) => ValueTask.FromResult<IfMatch?>(
        context.Request.Headers.IfMatch is { Count: > 0 } header
            ? new([.. header.OfType<string>().SelectMany(h => h.Split(',', StringSplitOptions.TrimEntries))])
            : Unsaid);

    public static string TagOf(long revision) => string.Create(CultureInfo.InvariantCulture, $"\"{revision}\"");

    /// <summary>What stands against a change of the thing at this revision; null: nothing. A weak tag matches nothing (§8.8.3.2).</summary>
    public Problem? WhyNot(long revision) => Tags is null || Tags.Contains("*", StringComparer.Ordinal) || Tags.Contains(TagOf(revision), StringComparer.Ordinal) ? null : Changed;
}
