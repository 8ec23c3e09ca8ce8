using Latchkey.Server.Credentials;

namespace Latchkey.Server.Dashboard.Secrets;

/// <summary>A secret as a row shows it.</summary>
/// <param name="UsedAt">Exact to one hour. Null when it was never used.</param>
public sealed record SecretLine(
    string Id, string Suffix, DateTimeOffset AddedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? UsedAt, bool IsActive)
{
    internal static IReadOnlyList<SecretLine> Of(
        IReadOnlyList<ClientSecret> secrets, IReadOnlyDictionary<string, DateTimeOffset> uses) =>
    [
        .. secrets.Select(s => new SecretLine(
            s.Id.Value, s.Suffix, s.CreatedAt, s.ExpiresAt, uses.TryGetValue(s.Id.Value, out var used) ? used : null, s.IsActive)),
    ];
}
