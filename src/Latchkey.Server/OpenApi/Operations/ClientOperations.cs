using Latchkey.Server.Management;

namespace Latchkey.Server.OpenApi.Operations;

/// <summary>OAuth clients: the programs people connect.</summary>
internal static class ClientOperations
{
    public const string Tag = "Clients";

    public static readonly Operation Create = new("CreateClient", Tag, "Create a client of a resource", Answer.Created(() => Samples.Fresh(Samples.ClientBody), hasTag: true))
    {
        Words = "Without redirect_uris it acts for itself (client_credentials). plain_secret is shown this once.",
        Body = "CreateClient",
    };

    public static readonly Operation ListOfResource = new("ListClientsOfResource", Tag, "List the clients of a resource", Answer.Ok(() => new ClientListAnswer([Samples.ClientBody], 0, 1)))
    {
        Words = "Whoever made them; at most 1,000.",
    };

    public static readonly Operation GetOfResource = new("GetClientOfResource", Tag, "Read a client of a resource", Answer.Ok(() => new ClientAnswer(Samples.ClientBody, PlainSecret: null, [Samples.ConsentedUser]), hasTag: true));

    public static readonly Operation ChangeOfResource = new("ChangeClientOfResource", Tag, "Change a client of a resource", Answer.Ok(() => new ClientAnswer(Samples.ClientBody, PlainSecret: null), hasTag: true))
    {
        Words = "A client that registered itself takes enabled and nothing else.",
        Body = "ChangeClient",
        Problems = [Problem.Overtaken],
    };

    public static readonly Operation Delete = new("DeleteClient", Tag, "Delete a client of a resource", Answer.Nothing) { Words = "Its tokens and grants are dead; it cannot come back by registering the same again." };

    public static readonly Operation List = new("ListClients", Tag, "List all clients", Answer.Ok(() => new OAuthClientListAnswer(3, "", [Samples.ClientBody, Samples.OrganizationClientBody, Samples.DocumentClientBody])))
    {
        Words = "Of every resource and of none, newest first.",
        IsPaged = true,
        Filters = [new("resource_id", "Only the clients of this resource.")],
    };

    public static readonly Operation Get = new("GetClient", Tag, "Read any client", Answer.Ok(() => new ClientAnswer(Samples.ClientBody, PlainSecret: null), hasTag: true));

    public static readonly Operation Change = new("ChangeAnyClient", Tag, "Block, unblock or change any client", Answer.Ok(() => new ClientAnswer(Samples.BlockedClientBody, PlainSecret: null), hasTag: true))
    {
        Words = "enabled: false is the operator's block: within a second the client is unknown to every endpoint on every node, and what it holds is dead. true gives it all back.",
        Body = "ChangeAnyClient",
        Problems = [Problem.Overtaken],
    };
}
