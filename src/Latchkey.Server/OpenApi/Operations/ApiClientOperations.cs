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

    public static readonly Operation List = new("ListApiClients", Tag, "List API clients", Answer.Ok(() => new ApiClientListAnswer(1, "", [Samples.ApiClientBody with { SeenAddresses = null }]))) { IsPaged = true };

    public static readonly Operation Get = new("GetApiClient", Tag, "Read an API client", Answer.Ok(() => new ApiClientAnswer(Samples.ApiClientBody, PlainSecret: null), hasTag: true))
    {
        Words = "seen_addresses: from where it was used. A new one is a warning in the log.",
    };

    public static readonly Operation Change = new("ChangeApiClient", Tag, "Change an API client", Answer.Ok(() => new ApiClientAnswer(Samples.ApiClientBody with { SeenAddresses = null }, PlainSecret: null), hasTag: true))
    {
        Words = "Counts at once, also for the tokens it holds: a token says only who calls.",
        Body = "ChangeApiClient",
        Problems = [ApiClients.OwnCredential, Problem.Overtaken],
    };

    public static readonly Operation Delete = new("DeleteApiClient", Tag, "Delete an API client", Answer.Nothing) { Problems = [ApiClients.OwnCredential] };
}

/// <summary>What can be done with the secrets of one kind of client.</summary>
internal sealed class SecretOperations
{
    public static readonly SecretOperations OfApiClient = new("ApiClient", ApiClientOperations.Tag, "an API client", [ApiClients.OwnCredential, Problem.Overtaken]);
    public static readonly SecretOperations OfClient = new("Client", ClientOperations.Tag, "a client", [Problem.Overtaken]);
    public static readonly SecretOperations OfOrganizationClient = new("OrganizationClient", OrganizationClientOperations.Tag, "an organization's client", [Problem.Overtaken]);

    private SecretOperations(string thing, string tag, string whose, IReadOnlyList<Problem> problems)
    {
        Add = AddTo(thing, tag, whose);
        Change = ChangeOf(thing, tag, whose, problems);
        Delete = DeleteOf(thing, tag, whose, problems);
    }

    public Operation Add { get; }

    public Operation Change { get; }

    public Operation Delete { get; }

    private static Operation AddTo(string thing, string tag, string whose) => new($"AddSecretOf{thing}", tag, $"Add a secret to {whose}", Answer.Created(() => Samples.MadeSecret, hasTag: true))
    {
        Words = "At most five at once. With overlap the others end so many seconds later: a rotation without an outage. plain_secret is shown this once.",
        Body = "AddSecret",
        BodyIsOptional = true,
        Problems = [ClientSecrets.TooMany, SecretHolders.ProvesItselfOtherwise, Problem.Overtaken],
    };

    private static Operation ChangeOf(string thing, string tag, string whose, IReadOnlyList<Problem> problems) => new(
        $"ChangeSecretOf{thing}", tag, $"Set the end of a secret of {whose}, or switch it off and on", Answer.Ok(() => new SecretAnswer(Samples.SecretBody with { Status = SecretBody.Inactive }, PlainSecret: null), hasTag: true))
    {
        Words = "PUT and PATCH are the same. The ETag is that of the client. Tokens that the secret brought live on until they expire.",
        Body = "ChangeSecret",
        Problems = problems,
    };

    private static Operation DeleteOf(string thing, string tag, string whose, IReadOnlyList<Problem> problems) => new($"DeleteSecretOf{thing}", tag, $"Delete a secret of {whose}", Answer.Nothing) { Problems = problems };
}

/// <summary>What an operator hands to those who may register clients.</summary>
internal static class InitialAccessTokenOperations
{
    public const string Tag = "Initial access tokens";

    public static readonly Operation Create = new(
        "CreateInitialAccessToken", Tag, "Create an initial access token", Answer.Created(() => new InitialAccessTokenAnswer(Samples.InitialAccessTokenBody with { Uses = 0 }, "lki_shown-this-once")))
    {
        Words = "Whoever holds it may register clients at the resource (RFC 7591 §1.2). plain_token is shown this once.",
        Body = "CreateInitialAccessToken",
    };

    public static readonly Operation List = new(
        "ListInitialAccessTokens", Tag, "List the initial access tokens of a resource", Answer.Ok(() => new InitialAccessTokenListAnswer(1, "", [Samples.InitialAccessTokenBody])))
    { IsPaged = true };

    public static readonly Operation Delete = new("DeleteInitialAccessToken", Tag, "Delete an initial access token", Answer.Nothing) { Words = "The clients that came with it stay." };
}
