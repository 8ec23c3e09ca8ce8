using Latchkey.Server.Fields;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>
/// The webhook endpoints of a file, identified by their URL. The server makes the secret of a new one; it is read by rotating it.
/// </summary>
internal sealed class WebhookListReader(IReadOnlyList<WebhookEndpoint> present, FileSituation situation)
{
    private readonly Dictionary<string, int> listed = new(StringComparer.Ordinal);

    /// <summary>Stored endpoints without an entry.</summary>
    public IReadOnlyList<WebhookEndpoint> Unlisted => [.. present.Where(e => !listed.ContainsKey(e.Url))];

    /// <returns>Null when there are errors, which are recorded.</returns>
    public WebhookEndpoint? Read(FileEntry entry, DateTimeOffset now)
    {
        if (!entry.IsOne())
        {
            return null;
        }

        var url = entry.Peek("url");
        if (url is not null && !listed.TryAdd(url, entry.LineOf("url")))
        {
            entry.Wrong("url", $"occurs twice; the first is in line {listed[url]}");
            return null;
        }

        var context = new WebhookContext(!situation.Settings.WebhookPrivateNetworks.IsEmpty);
        var before = present.FirstOrDefault(e => e.Url == url);
        var body = entry.Body(before is null ? null : FileForm.Of(before));
        var after = before is null
            ? WebhookEndpointFields.Table.Read(
                body, WebhookEndpointFields.Table.Blank with { Id = WebhookEndpointId.New(), CreatedAt = now, UpdatedAt = now },
                FieldUse.Create, context)
            : WebhookEndpointFields.Table.Read(body, before, FieldUse.File, context) with { UpdatedAt = situation.Now };
        return entry.IsRight(body) ? after : null;
    }
}
