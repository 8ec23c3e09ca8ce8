using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.Grants;

namespace Latchkey.Server.Dashboard.Servers;

/// <summary>What ends with an MCP server, in numbers.</summary>
internal static class EndedAccess
{
    public static string Words(LiveGrants live)
    {
        var more = live.Grants > ResourceUse.MaxCounted ? " or more" : "";
        return $"{Number(live.Clients, "client", "clients")} and {Number(live.People, "person", "people")}{more}";
    }

    private static string Number(long number, string one, string several) =>
        $"{SignInWords.Number(number)} {(number == 1 ? one : several)}";
}
