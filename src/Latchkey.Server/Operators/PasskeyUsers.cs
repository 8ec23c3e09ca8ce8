using Microsoft.AspNetCore.Identity;

namespace Latchkey.Server.Operators;

/// <summary>
/// What the passkey handler of the framework asks about operators and their passkeys. It only reads: changes are audited steps of
/// <see cref="PasskeyStore"/> and <see cref="OperatorStore"/>.
/// </summary>
internal sealed class PasskeyUsers(OperatorStore operators, PasskeyStore passkeys) : IUserPasskeyStore<Operator>
{
    public Task<string> GetUserIdAsync(Operator user, CancellationToken cancellationToken) => Task.FromResult(user.Id.Value);

    public Task<string?> GetUserNameAsync(Operator user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Email);

    public Task<string?> GetNormalizedUserNameAsync(Operator user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.Email);

    public async Task<Operator?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        OperatorId.Parse(userId) is { } id ? await operators.FindAsync(id, cancellationToken) : null;

    public Task<Operator?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) =>
        operators.FindByEmailAsync(normalizedUserName, cancellationToken);

    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(Operator user, CancellationToken cancellationToken) =>
        [.. (await passkeys.OfOperatorAsync(user.Id, cancellationToken)).Select(passkey => passkey.Info)];

    public async Task<Operator?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) =>
        await passkeys.FindAsync(credentialId, cancellationToken) is { } passkey
            ? await operators.FindAsync(passkey.OperatorId, cancellationToken)
            : null;

    public async Task<UserPasskeyInfo?> FindPasskeyAsync(Operator user, byte[] credentialId, CancellationToken cancellationToken) =>
        await passkeys.FindAsync(credentialId, cancellationToken) is { } passkey && passkey.OperatorId == user.Id ? passkey.Info : null;

    public Task AddOrUpdatePasskeyAsync(Operator user, UserPasskeyInfo passkey, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task RemovePasskeyAsync(Operator user, byte[] credentialId, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task SetUserNameAsync(Operator user, string? userName, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetNormalizedUserNameAsync(Operator user, string? normalizedName, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IdentityResult> CreateAsync(Operator user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> UpdateAsync(Operator user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> DeleteAsync(Operator user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void Dispose()
    {
        // It holds nothing.
    }
}
