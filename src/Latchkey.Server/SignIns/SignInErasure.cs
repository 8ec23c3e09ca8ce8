using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>Erases a person from the sign-in log.</summary>
internal sealed class SignInErasure(SignInStore store)
{
    /// <summary>Called after the rows of the person in the main database are deleted.</summary>
    /// <param name="authorizations">The person's authorizations that the main database still knew.</param>
    /// <exception cref="StorageUnavailable">The sign-in log cannot be reached; the caller repeats the erasure.</exception>
    public async Task EraseAsync(IReadOnlyList<AuthorizationId> authorizations, CancellationToken cancellationToken)
    {
        foreach (var authorization in authorizations)
        {
            await store.DeleteAsync(authorization, cancellationToken);
        }
    }
}
