using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;
using Latchkey.Server.Storage;

namespace Latchkey.Server;

/// <summary>Creates the first API client: the one of the bootstrap settings, or a generated one whose credentials are
/// written to a private file.</summary>
internal sealed class Bootstrap(ConfigurationStore store, ConfigurationCache configuration, Settings settings, TimeProvider clock)
{
    private const string FileName = "first-start.txt";
    private static readonly Actor Starter = new Actor.Machine("serve");

    /// <returns>The file with the credentials, or null if none was written.</returns>
    public async Task<string?> PrepareAsync(CancellationToken cancellationToken)
    {
        if (settings is { BootstrapApiClientId: { } id, BootstrapApiClientSecret: { } secret })
        {
            await BootstrapAsync(ApiClientId.Parse(id)!.Value, new Secret(secret), cancellationToken);
            return null;
        }

        return configuration.Current.ApiClients.Count == 0 ? await FirstCredentialAsync(cancellationToken) : null;
    }

    private async Task BootstrapAsync(ApiClientId id, Secret secret, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (configuration.Current.Find(id) is not { } existing)
        {
            // Several nodes may start with the same settings. The insert of the second one does nothing.
            await store.InsertAsync(NewClient(id, "Bootstrap", secret, now), Starter, cancellationToken);
        }
        else if (existing is not { IsEnabled: true, Role: ApiRole.Management }
            || ClientSecret.Matching(existing.Secrets, secret, now) is null)
        {
            await store.UpdateAsync(
                existing, existing with
                {
                    Role = ApiRole.Management,
                    ConnectionIds = [],
                    IsEnabled = true,
                    Secrets = [ClientSecret.Of(secret, now)],
                    UpdatedAt = now
                }, Starter, cancellationToken);
        }

        await configuration.ReloadAsync(cancellationToken);
    }

    private async Task<string> FirstCredentialAsync(CancellationToken cancellationToken)
    {
        var secret = Secret.New(Secret.ClientSecretPrefix);
        var client = NewClient(ApiClientId.New(), "First start", secret, clock.GetUtcNow());
        var file = Path.Combine(settings.DataDirectory, FileName);
        if (File.Exists(file))
        {
            throw new UnusableSetting(
                $"The database has no API client, but {file} exists from an earlier first start. Move the file away and start again.");
        }

        PrivateFile.Create(
            file,
            $"""
            The first API client of Latchkey, with the role management. Store these credentials safely, then delete this file.

            base URL       {settings.BaseUrl}
            client_id      {client.Id}
            client_secret  {secret.Value}

            """);
        await store.InsertAsync(client, Starter, cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        return file;
    }

    private static ApiClient NewClient(ApiClientId id, string name, Secret secret, DateTimeOffset now) =>
        new()
        {
            Id = id,
            Name = name,
            Role = ApiRole.Management,
            Secrets = [ClientSecret.Of(secret, now)],
            CreatedAt = now,
            UpdatedAt = now
        };
}
