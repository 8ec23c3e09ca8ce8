using System.Reflection;

namespace Latchkey.Server.Http;

/// <summary>The version of this program, as the API, the pages and the command line tell it.</summary>
internal static class ProgramVersion
{
    public static string Text { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
