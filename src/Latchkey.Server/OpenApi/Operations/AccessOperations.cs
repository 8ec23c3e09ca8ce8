using Latchkey.Server.Management;

namespace Latchkey.Server.OpenApi.Operations;

/// <summary>Who gave which client access to what.</summary>
internal static class AccessOperations
{
    public const string Tag = "Access";

    private static readonly Filter Resource = new("resource_id", "Only at this resource.");
    private static readonly Filter Client = new("client_id", "Only of this client.");
    private static readonly Filter Connection = new("connection_id", "Only of people of this connection.");
    private static readonly Filter Person = new("external_user_id", "Only of the person whose sub is exactly this.");
    private static readonly Filter Search = new("search", "Part of the person's sub, e-mail address or name, whatever its case.");

    public static readonly Operation ListConsents = new("ListConsents", Tag, "List consents", Answer.Ok(() => new ConsentListAnswer(1, "", [Samples.ConsentBody])))
    {
        Words = "Who allowed which client what, newest first.",
        IsPaged = true,
        Filters = [Resource, Client, Connection, Person, Search],
    };

    public static readonly Operation RevokeConsent = new("RevokeConsent", Tag, "Take a consent back", Answer.Nothing)
    {
        Words = "Every grant of that person for that client at that resource ends with it: the next refresh is invalid_grant, introspection says inactive.",
    };

    public static readonly Operation ListGrants = new("ListGrants", Tag, "List grants", Answer.Ok(() => new GrantListAnswer(1, "", [Samples.GrantBody])))
    {
        Words = "The single sign-ins (laptop, desktop) behind the consents, newest first.",
        IsPaged = true,
        Filters = [Resource, Client, Connection, Person, Search, new("state", "Only those in this state.") { Choices = ["live", "ended"] }],
    };

    public static readonly Operation EndGrant = new("EndGrant", Tag, "End a grant", Answer.Nothing) { Words = "One that has ended already is as dead as was asked for: 200 too." };

    public static readonly Operation ListUsers = new("ListUsers", Tag, "List the people of a connection", Answer.Ok(() => new UserListAnswer(1, "", [Samples.UserBody])))
    {
        Words = "Everybody who ever signed in through it, the newest report first.",
        IsPaged = true,
        Filters = [Search],
    };

    public static readonly Operation ListAuthRequests = new("ListAuthRequests", Tag, "List logins of the last day", Answer.Ok(() => new AuthRequestListAnswer(1, "", [Samples.ListedAuthRequest])))
    {
        Words = "One entry a visit to the login page: an auth request has several when the person said \"not me\".",
        IsPaged = true,
        Filters =
        [
            Resource, Client, Connection, Person,
            new("stage", "Only those at this stage.") { Choices = AuthRequestEndpoints.Stages },
            new("start_time", "Only those begun at this time or later, RFC 3339.") { IsTime = true },
            new("end_time", "Only those begun before this time, RFC 3339.") { IsTime = true },
        ],
    };

    public static readonly Operation GetAuthRequest = new("GetAuthRequest", Tag, "Read the journey of a login", Answer.Ok(() => new AuthRequestAnswer(Samples.AuthRequestBody)))
    {
        Words = "Step by step what happened, and what the client did otherwise than the specifications say (deviations).",
    };
}
