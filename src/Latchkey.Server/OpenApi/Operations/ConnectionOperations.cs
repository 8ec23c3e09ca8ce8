using Latchkey.Server.Management;

namespace Latchkey.Server.OpenApi.Operations;

/// <summary>How people sign in.</summary>
internal static class ConnectionOperations
{
    public const string Tag = "Connections";

    public static readonly Operation Ensure = new(
        "EnsureConnection", Tag, "Give a resource its connection, or change the one it has", Answer.Ok(() => new ConnectionAnswer(Samples.ConnectionBody, Warning), hasTag: true))
    {
        Words = "The second call with the same values changes nothing. A resource that shares its connection with others changes it for all of them.",
        Body = "Connection",
        Problems = [Problem.Overtaken],
    };

    public static readonly Operation List = new("ListConnections", Tag, "List connections", Answer.Ok(() => new ConnectionListAnswer(1, "", [Samples.ConnectionBody]))) { IsPaged = true };

    public static readonly Operation Get = new("GetConnection", Tag, "Read a connection", Answer.Ok(() => new ConnectionAnswer(Samples.ConnectionBody, Warning), hasTag: true));

    public static readonly Operation Change = new("ChangeConnection", Tag, "Change a connection", Answer.Ok(() => new ConnectionAnswer(Samples.ConnectionBody, Warning), hasTag: true))
    {
        Body = "Connection",
        Problems = [Problem.Overtaken],
    };

    private static string? Warning => null;
}
