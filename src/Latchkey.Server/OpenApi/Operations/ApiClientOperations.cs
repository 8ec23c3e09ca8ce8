using Latchkey.Server.Management;

namespace Latchkey.Server.OpenApi.Operations;

/// <summary>Machine credentials of the company's own backend.</summary>
internal static class ApiClientOperations
{
    public const string Tag = "API clients";

    public static readonly Operation Create = new("CreateApiClient", Tag, "Create an API client", Answer.Created(() => Samples.MadeApiClient, hasTag: true))
    {
        Words = "plain_secret is shown this once; a client made with jwks has none.",
        Body = "CreateApiClient",
    };

    public static readonly Operation List = new("ListApiClients", Tag, "List API clients", Answer.Ok(() => new ApiClientListAnswer(1, "", [Samples.ApiClientBody]))) { IsPaged = true };

    public static readonly Operation Get = new("GetApiClient", Tag, "Read an API client", Answer.Ok(() => new ApiClientAnswer(Samples.SeenApiClientBody, PlainSecret: null), hasTag: true))
    {
        Words = "seen_addresses: from where it was used. A new one is a warning in the log.",
    };

    public static readonly Operation Change = new("ChangeApiClient", Tag, "Change an API client", Answer.Ok(() => new ApiClientAnswer(Samples.ApiClientBody, PlainSecret: null), hasTag: true))
    {
        Words = "Counts at once, also for the tokens it holds: a token says only who calls.",
        Body = "ChangeApiClient",
        Problems = [ApiClients.OwnCredential, Problem.Overtaken],
    };

    public static readonly Operation Delete = new("DeleteApiClient", Tag, "Delete an API client", Answer.Nothing) { Problems = [ApiClients.OwnCredential] };
}
