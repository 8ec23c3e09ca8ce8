using Latchkey.Server.Storage;

namespace Latchkey.Server.Operators;

/// <summary>
/// Creates the first operator from the bootstrap settings, or, without them, a link that creates it. Does nothing when there is an
/// operator.
/// </summary>
internal sealed class FirstOperator(
    OperatorStore operators, OperatorInviteStore invites, OperatorPasswords passwords, Settings settings, TimeProvider clock)
{
    private static readonly Actor Starter = new Actor.Machine("serve");

    /// <returns>The link, or null when there is an operator or another node has made one.</returns>
    public async Task<string?> PrepareAsync(CancellationToken cancellationToken)
    {
        if (await operators.CountAsync(cancellationToken) > 0)
        {
            return null;
        }

        if (settings is { BootstrapOperatorEmail: { } email, BootstrapOperatorPassword: { } password })
        {
            await CreateAsync(email, password, cancellationToken);
            return null;
        }

        var token = Secret.New(Secret.OperatorInvitePrefix);
        var invite = new OperatorInvite
        {
            Id = OperatorInviteId.New(),
            Kind = InviteKind.SetUp,
            Role = OperatorRole.Owner,
            CreatedAt = clock.GetUtcNow(),
        };
        return await invites.AddAsync(invite, token, Starter, cancellationToken) ? OperatorInvite.LinkOf(settings, token) : null;
    }

    private async Task CreateAsync(string email, string password, CancellationToken cancellationToken)
    {
        var address = Operator.ReadEmail(email) ?? throw new UnusableSetting("Bootstrap:OperatorEmail is not an e-mail address.");
        var added = new Operator
        {
            Id = OperatorId.New(),
            Email = address,
            Name = address[..address.IndexOf('@', StringComparison.Ordinal)],
            Role = OperatorRole.Owner,
            PasswordHash = await passwords.HashAsync(password, cancellationToken),
            CreatedAt = clock.GetUtcNow(),
        };
        await operators.AddAsync(added, Starter, onlyAsFirst: true, cancellationToken);
    }
}
