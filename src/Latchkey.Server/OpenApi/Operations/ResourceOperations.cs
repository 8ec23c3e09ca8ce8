using Latchkey.Server.Management;

namespace Latchkey.Server.OpenApi.Operations;

/// <summary>MCP servers.</summary>
internal static class ResourceOperations
{
    public const string Tag = "Resources";

    public static readonly Operation Create = new("CreateResource", Tag, "Create a resource", Answer.Created(() => new ResourceAnswer(Samples.ResourceBody), hasTag: true))
    {
        Words = "One MCP server is one resource. People can sign in to it as soon as it has a connection.",
        Body = "CreateResource",
        Problems = [ResourceAdministration.UriTaken],
    };

    public static readonly Operation List = new("ListResources", Tag, "List resources", Answer.Ok(() => new ResourceListAnswer(1, "", [Samples.ResourceBody]))) { IsPaged = true };

    public static readonly Operation Get = new("GetResource", Tag, "Read a resource", Answer.Ok(() => new ResourceAnswer(Samples.ResourceBody), hasTag: true));

    public static readonly Operation Change = new("ChangeResource", Tag, "Change a resource", Answer.Ok(() => new ResourceAnswer(Samples.ResourceBody), hasTag: true))
    {
        Words = "Counts for every token issued from then on.",
        Body = "ChangeResource",
        Problems = [ResourceAdministration.UriTaken, Problem.Overtaken],
    };

    public static readonly Operation Delete = new("DeleteResource", Tag, "Delete a resource", Answer.Nothing) { Words = "Nobody gets tokens for it any more. Its connection stays." };
}
