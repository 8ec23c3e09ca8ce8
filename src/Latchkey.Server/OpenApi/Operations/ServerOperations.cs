using Latchkey.Server.Management;

namespace Latchkey.Server.OpenApi.Operations;

/// <summary>For whoever runs the server.</summary>
internal static class ServerOperations
{
    public const string Tag = "Server";

    public static readonly Operation Keys = new("ListKeys", Tag, "List keys", Answer.Ok(() => Samples.Keys)) { Words = "Never what they are: which there are, for what, and in which state." };

    public static readonly Operation RotateKey = new("RotateKey", Tag, "Rotate a key", Answer.Ok(() => Samples.Rotated))
    {
        Words = "The next key becomes current and signs; the former one stays in the key set as long as what it signed lives.",
        Body = "RotateKey",
        Problems = [OperationEndpoints.TooSoon("RS256", new(2026, 1, 3, 9, 30, 0, TimeSpan.Zero)), Problem.Overtaken],
    };

    public static readonly Operation Settings = new("GetSettings", Tag, "Read the settings", Answer.Ok(() => Samples.Settings)) { Words = "Durations in seconds; never a secret." };

    public static readonly Operation Health = new("GetHealth", Tag, "Read the health", Answer.Ok(() => Samples.Health));

    public static readonly Operation Audit = new("ListAudit", Tag, "List the audit record", Answer.Ok(() => Samples.Audit))
    {
        Words = "Every change with its actor, newest first, chained by hashes. head, noted down elsewhere, shows later that nothing before it was touched.",
        IsPaged = true,
        Filters = [new("target", "Only what was done to the thing of this id."), new("actor", "Only what this API client did, or latchkey and a verb.")],
    };
}
