using Latchkey.Server.OAuth;

namespace Latchkey.Server.Management;

/// <summary>The line that each change leaves in the log, beside its entry in the audit record.</summary>
internal static partial class ChangeLog
{
    [LoggerMessage(LogLevel.Information, "{Actor} {What} {Id}")]
    public static partial void Changed(ILogger logger, Actor actor, string what, string id);
}
