namespace Latchkey.Server.Management;

/// <summary>Logs each change, in addition to its entry in the audit log.</summary>
internal static partial class ChangeLog
{
    [LoggerMessage(1502, LogLevel.Information, "{Actor} {What} {Id}")]
    public static partial void Changed(ILogger logger, Actor actor, string what, string id);
}
