using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Latchkey.Server.Management;
using Latchkey.Server.OAuth;
using Latchkey.Server.OpenApi;
using Latchkey.Server.OpenApi.Operations;

namespace Latchkey.Server.Audit;

/// <summary>Lists the audit log, newest entry first, optionally filtered by <c>target</c> or <c>actor</c>.</summary>
internal static class AuditEndpoints
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/audit", ListAsync).WithMetadata(Roles.Read).Described(ServerOperations.Audit);

    private static async Task<IResult> ListAsync(HttpRequest http, AuditLog log, CancellationToken cancellationToken)
    {
        // The page token is the position of the last entry returned, so entries added later do not shift the pages.
        var query = new ListQuery(http);
        var (size, before) = (query.Size(), query.After<long>(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : null));
        var (target, actor) = (query.Text("target", ClientIdUrl.MaxLength), query.Text("actor", ClientIdUrl.MaxLength));
        if (query.WhatIsWrong() is { } problem)
        {
            return problem;
        }

        var head = await log.HeadAsync(cancellationToken);
        var entries = await log.NewestAsync(before ?? long.MaxValue, size + 1, target, actor, cancellationToken);
        var page = entries.Take(size).ToList();
        return Answers.Ok(
            new AuditListAnswer(
                new(head.Position, Convert.ToHexStringLower(head.Hash)),
                entries.Count > size ? page[^1].Position.ToString(CultureInfo.InvariantCulture) : "",
                [.. page.Select(AuditEntryBody.Of)]),
            AuditJson.Default.AuditListAnswer);
    }
}

/// <param name="Head">The end of the log. A copy kept elsewhere reveals later changes (<c>latchkey audit verify --head</c>).</param>
internal sealed record AuditListAnswer(AuditHeadBody Head, string NextPageToken, IReadOnlyList<AuditEntryBody> Entries);

internal sealed record AuditHeadBody(long Position, string Hash);

internal sealed record AuditEntryBody(long Position, string Id, DateTimeOffset At, string Actor, string Action, string Target, JsonElement Detail, string Hash)
{
    public static AuditEntryBody Of(AuditEntry entry)
    {
        using var detail = JsonDocument.Parse(entry.Detail);
        return new(entry.Position, entry.Id.Value, entry.At, entry.Actor, entry.Action, entry.Target, detail.RootElement.Clone(), Convert.ToHexStringLower(entry.Hash));
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AuditListAnswer))]
internal sealed partial class AuditJson : JsonSerializerContext;
