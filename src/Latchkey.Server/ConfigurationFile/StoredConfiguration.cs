using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;
using Latchkey.Server.Keys;
using Latchkey.Server.Management.Resources;
using Latchkey.Server.Storage;
using Latchkey.Server.Webhooks;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>
/// Reads the stored configuration, and carries out a plan row by row. Each change requires the revision that was read,
/// so concurrent changes are not overwritten.
/// Every write increments <c>config_version</c>, which running servers read within a second. The order of the rows keeps every reference
/// valid. A plan that stops half-way is completed by applying the file again.
/// </summary>
internal sealed class StoredConfiguration(
    ConfigurationStore configuration, ClientDirectory directory, SecretUses uses, KeyRing keys, WebhookSigning signing)
{
    private const int Batch = 500;

    public static async Task<ConfigurationState> LoadAsync(IDatabase database, CancellationToken cancellationToken)
    {
        var made = new List<Client>();
        RowPlace? after = null;
        List<Client> batch;
        do
        {
            (_, batch) = await ClientDirectory.ListAsync(database, resource: null, organization: null, after, Batch, cancellationToken);
            made.AddRange(batch.Where(c => c is { Origin: ClientOrigin.Operator, ResourceId: not null }));
            after = batch.Count > 0 ? new(batch[^1].CreatedAt, batch[^1].Id.Value) : null;
        }
        while (batch.Count == Batch);
        made.Reverse();
        return new(await ConfigurationStore.LoadAsync(database, cancellationToken), made);
    }

    /// <summary>Writes the rows. Cancellation does not stop it half-way.</summary>
    /// <returns>The error that stopped it, or null when all rows are written.</returns>
    public async Task<string?> CarryOutAsync(Plan plan, Actor by, DateTimeOffset now)
    {
        foreach (var step in plan.Steps)
        {
            if (await WriteAsync(step, by, now) is not ConfigurationChange.Done)
            {
                return $"The {NameOf(step)} was changed at the same time. The changes before it were made. "
                    + "Apply the file again to make the rest.";
            }
        }

        return null;
    }

    private async Task<ConfigurationChange> WriteAsync(PlanStep step, Actor by, DateTimeOffset now)
    {
        var done = await (step switch
        {
            PlanStep.OfConnection { Before: null } made => configuration.InsertAsync(made.After, by, CancellationToken.None),
            PlanStep.OfConnection changed => configuration.UpdateAsync(changed.Before!, changed.After, by, CancellationToken.None),
            PlanStep.OfResource { After: null } gone =>
                configuration.DeleteAsync(gone.Before!, gone.Before!.Revision, by, CancellationToken.None),
            PlanStep.OfResource written =>
                ResourceAdministration.WriteAsync(configuration, keys, written.Before, written.After, by, CancellationToken.None),
            PlanStep.OfClient { After: null } gone =>
                directory.DeleteAsync(gone.Before!, gone.Before!.Revision, by, now, CancellationToken.None),
            PlanStep.OfClient { Before: null } made => InsertAsync(made.After, by),
            PlanStep.OfClient changed => directory.UpdateAsync(changed.Before!, changed.After, by, CancellationToken.None),
            PlanStep.OfApiClient { After: null } gone =>
                configuration.DeleteAsync(gone.Before!, gone.Before!.Revision, by, CancellationToken.None),
            PlanStep.OfApiClient { Before: null } made => configuration.InsertAsync(made.After, by, CancellationToken.None),
            PlanStep.OfApiClient changed => configuration.UpdateAsync(changed.Before!, changed.After, by, CancellationToken.None),
            PlanStep.OfWebhook { After: null } gone =>
                configuration.DeleteAsync(gone.Before!, gone.Before!.Revision, by, CancellationToken.None),
            PlanStep.OfWebhook { Before: null } made =>
                configuration.InsertAsync(signing.WithFirstSecret(made.After, by), by, CancellationToken.None),
            PlanStep.OfWebhook changed => configuration.UpdateAsync(changed.Before!, changed.After, by, CancellationToken.None),
        });
        foreach (var secret in done is ConfigurationChange.Done ? SecretsGone(step) : [])
        {
            await uses.ForgetAsync(secret.Id, CancellationToken.None);
        }

        return done;
    }

    private async Task<ConfigurationChange> InsertAsync(Client client, Actor by)
    {
        await directory.InsertAsync(client, by, CancellationToken.None);
        return new ConfigurationChange.Done();
    }

    private static IEnumerable<ClientSecret> SecretsGone(PlanStep step)
    {
        var (before, after) = step switch
        {
            PlanStep.OfClient client => (client.Before?.Secrets, client.After?.Secrets),
            PlanStep.OfApiClient client => (client.Before?.Secrets, client.After?.Secrets),
            PlanStep.OfConnection or PlanStep.OfResource or PlanStep.OfWebhook => (null, null),
        };
        return (before ?? []).Where(b => after?.Any(a => a.Id == b.Id) != true);
    }

    private static string NameOf(PlanStep step) => step switch
    {
        PlanStep.OfConnection connection => $"connection {connection.After.Id}",
        PlanStep.OfResource resource => $"resource {(resource.After ?? resource.Before)!.Uri}",
        PlanStep.OfClient client => $"client {(client.After ?? client.Before)!.Id}",
        PlanStep.OfApiClient client => $"API client {(client.After ?? client.Before)!.Id}",
        PlanStep.OfWebhook webhook => $"webhook endpoint {(webhook.After ?? webhook.Before)!.Url}",
    };
}
