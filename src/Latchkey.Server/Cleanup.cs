using Latchkey.Server.Clients;
using Latchkey.Server.Grants;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Management;
using Latchkey.Server.Registration;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;

namespace Latchkey.Server;

/// <summary>Deletes expired rows in small batches. Any number of nodes may run it at once.</summary>
internal sealed partial class Cleanup(
    LoginRequestStore authRequests, PushedRequestStore pushed, GrantStore grants, ClientStore clients, InitialAccessTokenStore initialTokens,
    IdempotencyStore answers, SignInStore signIns, Settings settings, TimeProvider clock, ILogger<Cleanup> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BetweenBatches = TimeSpan.FromMilliseconds(200);

    /// <summary>Within this time a replayed code is recognised as already redeemed.</summary>
    private static readonly TimeSpan KeepLoginRequests = TimeSpan.FromHours(24);

    /// <summary>Expired tokens stay visible to operators for this long.</summary>
    private static readonly TimeSpan KeepInitialAccessTokens = TimeSpan.FromDays(30);

    private static readonly TimeSpan KeepSignIns = TimeSpan.FromDays(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Pause, clock, stoppingToken);
                await SweepAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server is stopping.
        }
    }

    /// <summary>Runs one clean-up to its end.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            int deleted;
            do
            {
                var now = clock.GetUtcNow();
                deleted = await authRequests.SweepAsync(now - KeepLoginRequests, cancellationToken)
                    + await grants.SweepAsync(now, cancellationToken)
                    + await pushed.SweepAsync(now - KeepLoginRequests, cancellationToken)
                    + await clients.SweepAsync(now, cancellationToken)
                    + (settings.RegistrationLifetime > TimeSpan.Zero ? await clients.ExpireAsync(now - settings.RegistrationLifetime, now, cancellationToken) : 0)
                    + await initialTokens.SweepAsync(now - KeepInitialAccessTokens, cancellationToken)
                    + await answers.SweepAsync(now, cancellationToken)
                    + await signIns.SweepAsync(now - KeepSignIns, cancellationToken);
                await Task.Delay(BetweenBatches, clock, cancellationToken);
            }
            while (deleted > 0);
        }
        catch (StorageUnavailable away)
        {
            SweepFailed(logger, away);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Expired rows could not be deleted; the next cleanup retries")]
    private static partial void SweepFailed(ILogger logger, Exception reason);
}
