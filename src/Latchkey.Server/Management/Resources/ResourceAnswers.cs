using Latchkey.Server.Configuration;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Management.Resources;

internal static class ResourceAnswers
{
    public static readonly Problem UriTaken = new(409, "resource_uri_taken", "Another resource has this resource_uri. One MCP server is one resource.");

    public static ResourceAnswer Of(Resource resource, ConfigurationSnapshot configuration, Settings settings) =>
        new(ResourceBody.Of(resource, resource.ConnectionId is { } id ? configuration.Find(id) : null, settings.BaseUrl));

    public static IResult Found(string resource, ConfigurationSnapshot configuration, Settings settings) => configuration.FindResource(resource) is { } found
        ? Answers.Ok(Of(found, configuration, settings), found.Revision)
        : Problem.NotFound("resource", resource);
}
