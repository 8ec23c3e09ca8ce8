using Latchkey.Server.Management;

namespace Latchkey.Server.OpenApi.Operations;

/// <summary>Clients of the company's customers.</summary>
internal static class OrganizationClientOperations
{
    public const string Tag = "Clients of organizations";

    public static readonly Operation Create = new(
        "CreateOrganizationClient", Tag, "Create a client that acts for an organization", Answer.Created(() => Samples.Fresh(Samples.OrganizationClientBody), hasTag: true))
    {
        Words = "It gets tokens by client_credentials and nothing else; they say the organization in org_id. plain_secret is shown this once.",
        Body = "CreateOrganizationClient",
    };

    public static readonly Operation List = new("ListOrganizationClients", Tag, "List the clients of an organization", Answer.Ok(() => new OAuthClientListAnswer(1, "", [Samples.OrganizationClientBody]))) { IsPaged = true };

    public static readonly Operation Get = new("GetOrganizationClient", Tag, "Read a client of an organization", Answer.Ok(() => new ClientAnswer(Samples.OrganizationClientBody, PlainSecret: null), hasTag: true));

    public static readonly Operation Change = new("ChangeOrganizationClient", Tag, "Change a client of an organization", Answer.Ok(() => new ClientAnswer(Samples.OrganizationClientBody, PlainSecret: null), hasTag: true))
    {
        Words = "A resource taken from the audience makes introspection of what the client holds there inactive.",
        Body = "ChangeOrganizationClient",
        Problems = [Problem.Overtaken],
    };

    public static readonly Operation Delete = new("DeleteOrganizationClient", Tag, "Delete a client of an organization", Answer.Nothing);
}
