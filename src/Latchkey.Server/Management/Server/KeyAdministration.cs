using Latchkey.Server.Configuration;
using Latchkey.Server.Keys;

namespace Latchkey.Server.Management.Server;

/// <summary>Rotates keys for operators, over the API and in the dashboard.</summary>
internal sealed class KeyAdministration(KeyRotation rotation, ConfigurationCache configuration, ILogger<ConfigurationStore> logger)
{
    /// <param name="force">Also rotates when the next key is new.</param>
    public async Task<RotationOutcome> RotateAsync(string purpose, bool force, Actor actor, CancellationToken cancellationToken)
    {
        var outcome = await rotation.RotateAsync(purpose, force, actor, cancellationToken);
        if (outcome is RotationOutcome.Rotated done)
        {
            await configuration.ReloadAsync(cancellationToken);
            ChangeLog.Changed(logger, actor, $"rotated the {done.Purpose} key; current is", done.CurrentId);
        }

        return outcome;
    }
}
