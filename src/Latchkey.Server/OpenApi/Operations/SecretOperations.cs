using Latchkey.Server.Management;

namespace Latchkey.Server.OpenApi.Operations;

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
        $"ChangeSecretOf{thing}", tag, $"Set the end of a secret of {whose}, or switch it off and on", Answer.Ok(() => new SecretAnswer(Samples.InactiveSecret, PlainSecret: null), hasTag: true))
    {
        Words = "PUT and PATCH are the same. The ETag is that of the client. Tokens that the secret brought live on until they expire.",
        Body = "ChangeSecret",
        Problems = problems,
    };

    private static Operation DeleteOf(string thing, string tag, string whose, IReadOnlyList<Problem> problems) => new($"DeleteSecretOf{thing}", tag, $"Delete a secret of {whose}", Answer.Nothing) { Problems = problems };
}
