using Latchkey.Server.Configuration;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>The newest sign-ins of a client, a person or a machine, on its page.</summary>
internal sealed class LatestSignIns(LogReader log, SignInBrowser browser, SignInList refusals, ConfigurationCache configuration)
{
    private const int MaxShown = 10;

    public async Task<LatestView> ReadAsync(SignInSelection selection, DashboardRequest request)
    {
        var (lines, state) = await log.ReadAsync(
            async () =>
            {
                var rows = await browser.RowsAsync(selection, new(Place: null, IsNewer: false, MaxShown), request.Aborted);
                var shown = rows.Take(MaxShown).ToList();
                var causes = await refusals.RefusalsAsync(shown, request.Aborted);
                return shown.ConvertAll(s => SignInLine.Of(s, causes[s.AuthorizationId], configuration.Current));
            },
            request.Aborted);
        return new(lines ?? [], state);
    }
}

/// <summary>The newest sign-ins, and whether the log could be read.</summary>
internal sealed record LatestView(IReadOnlyList<SignInLine> Lines, LogState Log);
