using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;
using Latchkey.Server.Operators;
using Latchkey.Server.Storage;

namespace Latchkey.Server;

/// <summary>Creates the first API client and the first operator: those of the bootstrap settings, or a generated API client and a link
/// for the operator, which are written to a private file.</summary>
internal sealed class Bootstrap(
    ConfigurationStore store, ConfigurationCache configuration, FirstOperator firstOperator, Settings settings, TimeProvider clock)
{
    private const string FileName = "first-start.txt";
    private static readonly Actor Starter = new Actor.Machine("serve");

    /// <returns>What was written to the file, or null if nothing was.</returns>
    public async Task<FirstStart?> PrepareAsync(CancellationToken cancellationToken)
    {
        var file = Path.Combine(settings.DataDirectory, FileName);
        var hasCredential = await FirstApiClientAsync(file, cancellationToken);
        var link = await firstOperator.PrepareAsync(cancellationToken);
        if (!hasCredential && link is null)
        {
            return null;
        }

        if (link is not null)
        {
            PrivateFile.Append(file, TextOf(link));
        }

        return new(file, hasCredential, link);
    }

    /// <returns>True when a generated credential was written to the file.</returns>
    private async Task<bool> FirstApiClientAsync(string file, CancellationToken cancellationToken)
    {
        if (settings is { BootstrapApiClientId: { } id, BootstrapApiClientSecret: { } secret })
        {
            await BootstrapAsync(ApiClientId.Parse(id)!.Value, new Secret(secret), cancellationToken);
            return false;
        }

        if (configuration.Current.ApiClients.Count > 0)
        {
            return false;
        }

        await FirstCredentialAsync(file, cancellationToken);
        return true;
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

    private async Task FirstCredentialAsync(string file, CancellationToken cancellationToken)
    {
        var secret = Secret.New(Secret.ClientSecretPrefix);
        var client = NewClient(ApiClientId.New(), "First start", secret, clock.GetUtcNow());
        if (File.Exists(file))
        {
            throw new UnusableSetting(
                $"The database has no API client, but {file} exists from an earlier first start. Move the file away and start again.");
        }

        // Before the credential exists: a directory that cannot be written must not leave one that was never shown.
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
    }

    private static string TextOf(string link) =>
        $"""

        The first operator of the dashboard. Open this link once, within 24 hours, and create your account.

        set-up link    {link}

        """;

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

/// <summary>What a first start wrote to a private file.</summary>
/// <param name="HasCredential">Whether it has the first API client.</param>
/// <param name="SetUpLink">The link that creates the first operator, or null.</param>
internal sealed record FirstStart(string File, bool HasCredential, string? SetUpLink);
