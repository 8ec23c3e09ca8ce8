using Latchkey.Server.Audit;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.Audit;
using Latchkey.Server.Grants;
using Latchkey.Server.Operators;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>A change of the MCP server, the login page or the client near the time of a sign-in.</summary>
/// <param name="By">The name of the operator or machine that made it.</param>
internal sealed record NearChange(AuditEntry Entry, string By);

/// <summary>What is stored beside the log about a sign-in.</summary>
/// <param name="LiveGrant">Its access, while it is live.</param>
/// <param name="ClientPath">The page of its client. Null when the client is not stored.</param>
internal sealed record SignInContext(GrantId? LiveGrant, string? ClientPath, IReadOnlyList<NearChange> Changes);

/// <summary>Reads what is stored beside the log about a sign-in.</summary>
internal sealed class SignInContexts(
    GrantBrowser grants, ClientCache clients, AuditBrowser audit, OperatorStore operators, ConfigurationCache configuration)
{
    private const int MaxChanges = 5;
    private static readonly TimeSpan Near = TimeSpan.FromMinutes(15);

    public async Task<SignInContext> FindAsync(SignInSummary summary, CancellationToken stop)
    {
        var grant = GrantId.Parse(summary.GrantId) is { } id && await grants.FindAsync(id, stop) is { Found.IsLive: true }
            ? id : (GrantId?)null;
        var client = ClientId.Parse(summary.ClientId) is { } clientId && await clients.FindAsync(clientId, stop) is not null
            ? DashboardPaths.Client(clientId) : null;
        return new(grant, client, summary.CauseCode is null ? [] : await ChangesAsync(summary, stop));
    }

    private async Task<IReadOnlyList<NearChange>> ChangesAsync(SignInSummary summary, CancellationToken stop)
    {
        var changes = new List<AuditEntry>();
        foreach (var used in new[] { summary.ResourceId, summary.ConnectionId, summary.ClientId }.OfType<string>())
        {
            var window = new AuditSelection(Target: used) { From = summary.StartedAt - Near, Before = summary.StartedAt + Near };
            changes.AddRange((await audit.ListAsync(window, before: null, MaxChanges, stop)).Take(MaxChanges));
        }

        if (changes.Count == 0)
        {
            return [];
        }

        var names = new AuditNames(await operators.AllAsync(stop), configuration.Current);
        return [.. changes.OrderByDescending(c => c.Position).Take(MaxChanges).Select(c => new NearChange(c, names.Of(c.Actor)))];
    }
}
