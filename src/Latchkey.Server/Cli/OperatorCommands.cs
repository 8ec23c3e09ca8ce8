using System.CommandLine;
using Latchkey.Server.Audit;
using Latchkey.Server.Crypto;
using Latchkey.Server.Operators;
using Latchkey.Server.Storage;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Cli;

/// <summary>
/// <c>latchkey operators create|recover|list</c>: works on the database directly, so access to the machine of the server is what lets an
/// operator back in who has lost password and passkeys.
/// </summary>
internal static class OperatorCommands
{
    public static Command New(CommandRunner run)
    {
        var list = new Command("list", "List every operator with role and number of passkeys.");
        list.SetAction((_, stop) => run(ListAsync, stop));

        var email = new Argument<string>("email") { Description = "The e-mail address of the operator." };
        var role = new Option<string>("--role") { Description = "viewer, admin or owner. Default: owner." };
        var name = new Option<string>("--name") { Description = "The name of the operator. Used with --password." };
        var password = new Option<string>("--password")
        {
            Description = "env:NAME or file:<path>: creates the operator with this password instead of printing a link."
        };
        var create = new Command("create", "Create an operator: prints a link that works once, for 24 hours.")
        { email, role, name, password };
        create.SetAction((parsed, stop) => run(
            (settings, cancel) => CreateAsync(
                settings, parsed.GetValue(email)!, parsed.GetValue(role) ?? "owner", parsed.GetValue(name), parsed.GetValue(password),
                cancel),
            stop));

        var recover = new Command(
            "recover", "Print a link with which an operator sets a new password. Using it ends every session of the operator.") { email };
        recover.SetAction((parsed, stop) => run((settings, cancel) => RecoverAsync(settings, parsed.GetValue(email)!, cancel), stop));
        return new Command("operators", "Create, recover or list the operators of the dashboard.") { create, recover, list };
    }

    private static Task ListAsync(Settings settings, CancellationToken cancellationToken) =>
        WithStoresAsync(settings, cancellationToken, async (operators, _, passkeys) =>
        {
            var all = await operators.AllAsync(cancellationToken);
            if (all.Count == 0)
            {
                await Console.Out.WriteLineAsync("There are no operators yet. 'operators create' prints a link for the first one.");
                return;
            }

            await Console.Out.WriteLineAsync($"{"id",-28}{"role",-8}{"passkeys",-10}{"since",-13}e-mail");
            foreach (var one in all)
            {
                var count = (await passkeys.OfOperatorAsync(one.Id, cancellationToken)).Count;
                await Console.Out.WriteLineAsync($"{one.Id,-28}{one.Role.Name(),-8}{count,-10}{one.CreatedAt:yyyy-MM-dd}   {one.Email}");
            }
        });

    private static Task CreateAsync(
        Settings settings, string typedEmail, string typedRole, string? name, string? password, CancellationToken cancellationToken) =>
        WithStoresAsync(settings, cancellationToken, async (operators, invites, _) =>
        {
            var email = ReadEmail(typedEmail);
            var role = OperatorRoles.Parse(typedRole) ?? throw new UnusableSetting("--role must be viewer, admin or owner.");
            if (await operators.FindByEmailAsync(email, cancellationToken) is not null)
            {
                throw new UnusableSetting($"An operator {email} exists already. 'operators recover' prints a link for a new password.");
            }

            if (password is not null)
            {
                await CreateWithPasswordAsync(operators, email, role, name, password, cancellationToken);
                return;
            }

            var invite = new OperatorInvite
            {
                Id = OperatorInviteId.New(),
                Kind = InviteKind.Invite,
                Email = email,
                Role = role,
                CreatedAt = TimeProvider.System.GetUtcNow(),
            };
            await PrintLinkAsync(settings, invites, invite, "operators create", cancellationToken);
        });

    private static async Task CreateWithPasswordAsync(
        OperatorStore operators, string email, OperatorRole role, string? name, string reference, CancellationToken cancellationToken)
    {
        var password = SecretArgument.Read("--password", reference).Value;
        if (OperatorPasswords.Refusal(password) is { } refusal)
        {
            throw new UnusableSetting($"--password: {refusal}");
        }

        using var passwords = new OperatorPasswords(operators);
        var added = new Operator
        {
            Id = OperatorId.New(),
            Email = email,
            Name = name is { Length: > 0 and <= Operator.MaxNameLength } ? name : email[..email.IndexOf('@', StringComparison.Ordinal)],
            Role = role,
            PasswordHash = await passwords.HashAsync(password, cancellationToken),
            CreatedAt = TimeProvider.System.GetUtcNow(),
        };
        await operators.AddAsync(added, new Actor.Machine("operators create"), onlyAsFirst: false, cancellationToken);
        await Console.Out.WriteLineAsync($"{added.Id} {email} was created, with the role {role.Name()}.");
    }

    private static Task RecoverAsync(Settings settings, string typedEmail, CancellationToken cancellationToken) =>
        WithStoresAsync(settings, cancellationToken, async (operators, invites, _) =>
        {
            var email = ReadEmail(typedEmail);
            var known = await operators.FindByEmailAsync(email, cancellationToken)
                ?? throw new UnusableSetting($"There is no operator {email}. 'operators list' shows all, 'operators create' adds one.");
            var invite = new OperatorInvite
            {
                Id = OperatorInviteId.New(),
                Kind = InviteKind.Recover,
                Email = known.Email,
                Role = known.Role,
                OperatorId = known.Id,
                CreatedAt = TimeProvider.System.GetUtcNow(),
            };
            await PrintLinkAsync(settings, invites, invite, "operators recover", cancellationToken);
        });

    /// <summary>stdout has the link alone.</summary>
    private static async Task PrintLinkAsync(
        Settings settings, OperatorInviteStore invites, OperatorInvite invite, string verb, CancellationToken cancellationToken)
    {
        var token = Secret.New(Secret.OperatorInvitePrefix);
        await invites.AddAsync(invite, token, new Actor.Machine(verb), cancellationToken);
        await Console.Error.WriteLineAsync($"Open this link as {invite.Email}. It works once, until {invite.ExpiresAt:yyyy-MM-dd HH:mm}Z.");
        await Console.Out.WriteLineAsync(OperatorInvite.LinkOf(settings, token));
    }

    private static string ReadEmail(string text) =>
        Operator.ReadEmail(text) ?? throw new UnusableSetting("The argument must be an e-mail address.");

    private static async Task WithStoresAsync(
        Settings settings, CancellationToken cancellationToken, Func<OperatorStore, OperatorInviteStore, PasskeyStore, Task> action)
    {
        await using var databases = await CommandDatabase.OpenAsync(settings, cancellationToken);
        using var seal = new Seal(KeyEncryptionKey.Find(settings, databases.AreShared));
        var audit = new AuditLog(databases.Main, seal, TimeProvider.System);
        var outbox = new WebhookOutbox();
        await action(new(databases.Main, audit, outbox), new(databases.Main, audit, outbox), new(databases.Main, audit));
    }
}
