using Microsoft.AspNetCore.Identity;

namespace Latchkey.Server.Operators;

/// <summary>
/// Hashes and checks passwords. A hash costs about 100 ms of CPU on purpose, so only <see cref="AtOnce"/> run at once and few wait: without
/// this limit, sign-in attempts would be an attack on the CPU. A missing account costs the same time as a wrong password.
/// </summary>
internal sealed class OperatorPasswords(OperatorStore store) : IDisposable
{
    public const int MinLength = 12;
    public const int MaxLength = 256;
    private const int AtOnce = 2;
    private const int MostWaiting = 8;

    private static readonly PasswordHasher<Operator> Hasher = new();

    /// <summary>The hash of no password, checked in the place of a missing one.</summary>
    private static readonly Lazy<string> Missing = new(() => Hasher.HashPassword(null!, Secret.NewToken(32)));

    private readonly SemaphoreSlim turn = new(AtOnce);
    private int present;

    /// <summary>Returns what is wrong with a new password, or null.</summary>
    public static string? Refusal(string? password) =>
        (password ?? "").Length < MinLength ? $"Use at least {MinLength} characters."
        : password!.Length > MaxLength ? $"Use at most {MaxLength} characters."
        : null;

    /// <summary>Returns the hash of a new password, or null when too many are being computed.</summary>
    public Task<string?> HashAsync(string password, CancellationToken cancellationToken) =>
        InTurnAsync(() => Hasher.HashPassword(null!, password), cancellationToken);

    /// <summary>Checks a password.</summary>
    /// <param name="known">Null when there is no such operator.</param>
    /// <returns>Null when too many are being checked.</returns>
    public async Task<bool?> CheckAsync(Operator? known, string password, CancellationToken cancellationToken)
    {
        if (password.Length > MaxLength)
        {
            password = "";
        }

        var verdict = await InTurnAsync(
            () => Hasher.VerifyHashedPassword(null!, known?.PasswordHash ?? Missing.Value, password).ToString(), cancellationToken);
        if (verdict is null)
        {
            return null;
        }

        var isRight = known?.PasswordHash is not null && verdict != nameof(PasswordVerificationResult.Failed);
        if (isRight && verdict == nameof(PasswordVerificationResult.SuccessRehashNeeded)
            && await HashAsync(password, cancellationToken) is { } current)
        {
            await store.RehashAsync(known!, current, cancellationToken);
        }

        return isRight;
    }

    public void Dispose() => turn.Dispose();

    private async Task<string?> InTurnAsync(Func<string> compute, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref present) > AtOnce + MostWaiting)
        {
            Interlocked.Decrement(ref present);
            return null;
        }

        try
        {
            await turn.WaitAsync(cancellationToken);
            try
            {
                return compute();
            }
            finally
            {
                turn.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref present);
        }
    }
}
