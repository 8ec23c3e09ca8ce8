using Latchkey.Server.ApiClients;

namespace Latchkey.Server.Dashboard.Machines;

/// <summary>The words of the dashboard for machines.</summary>
internal static class MachineWords
{
    public static readonly IReadOnlyList<KeyValuePair<string, string>> Roles =
    [
        new(ApiRole.Login.Name(), "login: reports who signed in at its login pages"),
        new(ApiRole.ReadOnly.Name(), "read-only: reads everything over the API"),
        new(ApiRole.Management.Name(), "management: changes everything over the API"),
    ];
}
