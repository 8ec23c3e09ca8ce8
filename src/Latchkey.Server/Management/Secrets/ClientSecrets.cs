using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;
using Latchkey.Server.Management.ApiClients;

namespace Latchkey.Server.Management.Secrets;

/// <summary>A secret as responses show it.</summary>
/// <param name="Revision">The revision of its client.</param>
/// <param name="Plain">The plain text of a new secret, which is shown only once.</param>
internal sealed record ShownSecret(
    ClientSecret Secret, long Revision, IReadOnlyDictionary<string, DateTimeOffset> Uses, Secret? Plain = null);

/// <summary>
/// Secrets of clients, up to five at once, for rotation without an outage: add (with <c>overlap</c> the others expire after that many
/// seconds), set an expiry, disable and enable, delete. An expired or disabled secret is refused on every node within a second; tokens
/// issued to it stay valid until they expire.
/// </summary>
internal sealed class ClientSecrets(
    SecretOwners holders, SecretUses uses, ConfigurationCache configuration, TimeProvider clock, ILogger<ConfigurationStore> logger)
{
    private const long MaxOverlapSeconds = 365L * 24 * 3600;

    public static readonly Problem TooManySecrets = new(
        409,
        "too_many_secrets",
        $"A client may have at most {ClientSecret.MaxPerClient} secrets. Delete an unused one first (last_used_time).");

    public async Task<Outcome<ShownSecret>> AddAsync(
        Actor actor, SecretOwner holder, JsonBody body, IfMatch expected, CancellationToken cancellationToken)
    {
        if ((await holders.FindAsync(holder, cancellationToken)).ProblemOr(out var held) is { } unknown)
        {
            return unknown;
        }

        var now = clock.GetUtcNow();
        var plain = Secret.New(Secret.ClientSecretPrefix);
        var added = ClientSecret.Of(plain, now) with { ExpiresAt = End(body, now) };
        var end = body.Number("overlap", 0, MaxOverlapSeconds) is { } seconds ? now.AddSeconds(seconds) : (DateTimeOffset?)null;
        if ((body.Validate() ?? expected.Validate(held.Revision) ?? held.WhyNone
            ?? (held.Secrets.Count >= ClientSecret.MaxPerClient ? TooManySecrets : null)) is { } problem)
        {
            return problem;
        }

        return await KeepAsync(actor, held, [
            .. held.Secrets.Select(s => end < (s.ExpiresAt ?? DateTimeOffset.MaxValue) ? s with { ExpiresAt = end, UpdatedAt = now } : s),
            added], cancellationToken)
            ?? Done(actor, "added a secret to", held, await ShowAsync(held, added, cancellationToken) with { Plain = plain });
    }

    public async Task<Outcome<ShownSecret>> ChangeAsync(
        Actor actor, SecretOwner holder, string secret, JsonBody body, IfMatch expected, CancellationToken cancellationToken)
    {
        if ((await FindAsync(holder, secret, cancellationToken)).ProblemOr(out var one) is { } unknown)
        {
            return unknown;
        }

        var (held, found) = one;
        var now = clock.GetUtcNow();
        var changed = found with
        {
            ExpiresAt = body.Has("expire_time") ? End(body, now) : found.ExpiresAt,
            IsActive = body.Has("status") ? IsActive(body) : found.IsActive,
            UpdatedAt = now,
        };
        IReadOnlyList<ClientSecret> secrets = [.. held.Secrets.Select(s => s.Id == found.Id ? changed : s)];
        return (body.Validate() ?? expected.Validate(held.Revision) ?? ValidateOwn(actor, held, secrets, now)
            ?? await KeepAsync(actor, held, secrets, cancellationToken)) is { } problem
            ? problem
            : Done(actor, $"changed secret {found.Id} of", held, await ShowAsync(held, changed, cancellationToken));
    }

    public async Task<Problem?> DeleteAsync(
        Actor actor, SecretOwner holder, string secret, IfMatch expected, CancellationToken cancellationToken)
    {
        if ((await FindAsync(holder, secret, cancellationToken)).ProblemOr(out var one) is { } unknown)
        {
            return unknown;
        }

        var (held, found) = one;
        IReadOnlyList<ClientSecret> secrets = [.. held.Secrets.Where(s => s.Id != found.Id)];
        if ((expected.Validate(held.Revision) ?? ValidateOwn(actor, held, secrets, clock.GetUtcNow())
            ?? await KeepAsync(actor, held, secrets, cancellationToken)) is { } problem)
        {
            return problem;
        }

        await uses.ForgetAsync(found.Id, cancellationToken);
        ChangeLog.Changed(logger, actor, $"deleted secret {found.Id} of", held.Id);
        return null;
    }

    private async Task<Outcome<(OwnedSecrets Held, ClientSecret Secret)>> FindAsync(
        SecretOwner holder, string secret, CancellationToken cancellationToken) =>
        (await holders.FindAsync(holder, cancellationToken)).ProblemOr(out var held) is { } unknown ? unknown
        : SecretId.Parse(secret) is { } id && held.Secrets.FirstOrDefault(s => s.Id == id) is { } found
            ? (held, found)
        : Problem.NotFound("secret", secret);

    /// <summary>Prevents an API client from removing its own last valid secret: it could not restore it.</summary>
    private static Problem? ValidateOwn(Actor actor, OwnedSecrets held, IReadOnlyList<ClientSecret> left, DateTimeOffset now) =>
        actor is Actor.Backend backend && held.Id == backend.Id.Value && !left.Any(s => s.IsGood(now))
            ? ApiClientAdministration.OwnCredential
            : null;

    private async Task<Problem?> KeepAsync(
        Actor actor, OwnedSecrets held, IReadOnlyList<ClientSecret> secrets, CancellationToken cancellationToken)
    {
        if (await held.KeepAsync(secrets, actor) is not ConfigurationChange.Done)
        {
            return Problem.Overtaken;
        }

        await configuration.ReloadAsync(cancellationToken);
        return null;
    }

    private async Task<ShownSecret> ShowAsync(OwnedSecrets before, ClientSecret secret, CancellationToken cancellationToken) =>
        new(secret, before.Revision + 1, await uses.OfAsync([secret], cancellationToken));

    private Outcome<ShownSecret> Done(Actor actor, string what, OwnedSecrets held, ShownSecret secret)
    {
        ChangeLog.Changed(logger, actor, what, held.Id);
        return secret;
    }

    /// <summary>Reads the expiry of a secret. Null for never.</summary>
    private static DateTimeOffset? End(JsonBody body, DateTimeOffset now)
    {
        var end = body.Time("expire_time");
        if (end <= now)
        {
            body.Wrong("expire_time", "must be in the future; to end a secret now, delete it or set its status to INACTIVE");
        }

        return end;
    }

    private static bool IsActive(JsonBody body)
    {
        var status = body.Text("status", 32) ?? SecretFields.Active;
        if (status is not (SecretFields.Active or SecretFields.Inactive))
        {
            body.Wrong("status", "must be ACTIVE or INACTIVE");
        }

        return status == SecretFields.Active;
    }
}
