using System.Globalization;
using System.Text.Json;
using Latchkey.Server.Audit;

namespace Latchkey.Server.Management.Audit;

internal static class ListAudit
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/audit", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "ListAudit", OperationTags.Server, "List the audit log", OperationResponse.Ok(() => Samples.Audit),
            "Every change with its actor, newest first, in a hash chain. A copy of head that is kept elsewhere proves later that no "
            + "entry before it was changed.")
        {
            Filters = [
                new("target", "Only changes of the entity with this id."),
                new("actor", "Only changes by this API client, or by a command, such as latchkey apply.")],
        });

    /// <summary>The page token is the position of the last entry of a page: entries added meanwhile come before it.</summary>
    private static async Task<IResult> HandleAsync(ListQuery query, AuditLog log, CancellationToken cancellationToken)
    {
        var size = query.Size();
        var before = query.After<long>(
            text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : null);
        var (target, actor) = (query.Text("target", ClientIdUrl.MaxLength), query.Text("actor", ClientIdUrl.MaxLength));
        if (query.Validate() is { } problem)
        {
            return problem;
        }

        var head = await log.HeadAsync(cancellationToken);
        var entries = await log.NewestAsync(before ?? long.MaxValue, size + 1, target, actor, cancellationToken);
        var page = entries.Take(size).ToList();
        return JsonResponses.Ok(
            new AuditListResponse(
                new(head.Position, Convert.ToHexStringLower(head.Hash)),
                entries.Count > size ? page[^1].Position.ToString(CultureInfo.InvariantCulture) : "",
                [.. page.Select(AuditEntryBody.Of)]));
    }
}

/// <param name="Head">The end of the audit log. Kept elsewhere, it shows later whether an entry before it was changed
/// (<c>latchkey audit verify --head</c>).</param>
internal sealed record AuditListResponse(AuditHeadBody Head, string NextPageToken, IReadOnlyList<AuditEntryBody> Entries);

internal sealed record AuditHeadBody(long Position, string Hash);

internal sealed record AuditEntryBody(
    long Position, string Id, DateTimeOffset At, string Actor, string Action, string Target, JsonElement Detail, string Hash)
{
    public static AuditEntryBody Of(AuditEntry entry)
    {
        using var detail = JsonDocument.Parse(entry.Detail);
        return new(
            entry.Position, entry.Id.Value, entry.At, entry.Actor, entry.Action, entry.Target, detail.RootElement.Clone(),
            Convert.ToHexStringLower(entry.Hash));
    }
}
