using Latchkey.Server.Management;

namespace Latchkey.Server.OpenApi.Operations;

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
