using System.Globalization;
using Latchkey.Server.Dashboard.Components;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Dashboard.Operators;
using Latchkey.Server.Keys;
using Latchkey.Server.Management.Server;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.Keys;

/// <summary>The keys: current, next and former ones, and rotating one now.</summary>
internal sealed class KeyPages(KeyStore store, KeyAdministration administration)
{
    public static readonly DashboardRoute List = DashboardRoute.Page("/dashboard/keys");

    public static readonly DashboardRoute RotatePage =
        DashboardRoute.Page("/dashboard/keys/{purpose}/rotate", OperatorRole.Owner) with { NeedsConfirmation = true };

    public static readonly DashboardRoute Rotate =
        DashboardRoute.Post("/dashboard/keys/{purpose}/rotate", OperatorRole.Owner) with { NeedsConfirmation = true };

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<KeyPages>(List, (pages, request) => pages.ListAsync(request));
        app.MapDashboard<KeyPages>(RotatePage, (pages, request) => pages.AskAsync(request));
        app.MapDashboard<KeyPages>(Rotate, (pages, request) => pages.RotateAsync(request));
    }

    private async Task<IResult> ListAsync(DashboardRequest request) => request.Page<KeyListPage, KeyList>(
        "Keys", new(await store.AllAsync(request.Aborted), request.Settings.KeyRotationInterval));

    private async Task<Confirmation?> QuestionAsync(DashboardRequest request)
    {
        var purpose = request.Value("purpose");
        var keys = (await store.AllAsync(request.Aborted)).FindAll(k => k.Purpose == purpose);
        if (keys.Find(k => k.State == KeyState.Current) is not { } current)
        {
            return null;
        }

        var isSigning = KeyRing.IsSigning(purpose);
        return new()
        {
            Title = $"Rotate the {KeyWords.OfPurpose(purpose)} now?",
            Parent = "Keys",
            CancelPath = List.Pattern,
            Ends =
            [
                $"The key {current.Id} signs or derives nothing new from now on.",
                isSigning
                    ? "The next key, which MCP servers know already, takes its place, and a new next key is published."
                    : "A new key takes its place.",
            ],
            Stays = "No token and no sign-in ends: the former key stays valid until the last of them has expired.",
            Route = Rotate,
            Id = purpose,
            Verb = "Rotate now",
            AsksReason = true,
        };
    }

    private async Task<IResult> AskAsync(DashboardRequest request) =>
        await QuestionAsync(request) is { } question ? request.Ask(question) : DashboardErrors.NotFound.Page(request);

    private async Task<IResult> RotateAsync(DashboardRequest request)
    {
        if (await QuestionAsync(request) is not { } question)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        return await administration.RotateAsync(
            request.Value("purpose"), force: false, request.ActorWithReason(), request.Aborted) switch
        {
            RotationOutcome.Rotated rotated => await request.RedirectAsync(
                List.Pattern, $"The {KeyWords.OfPurpose(rotated.Purpose)} was rotated. Current is {rotated.CurrentId}."),
            RotationOutcome.TooSoon soon => request.Ask(question, TooSoon(soon.From)),
            RotationOutcome.Overtaken => request.Ask(question, OperatorErrors.ChangedMeanwhile),
            RotationOutcome.UnknownKey => DashboardErrors.NotFound.Page(request),
            RotationOutcome.Retired => throw new InvalidOperationException("a rotation retires no key"),
        };
    }

    private static FormError TooSoon(DateTimeOffset from) => new(
        409, "rotation_too_soon",
        "The next key has been published for less than a day, so MCP servers may not know it yet and would refuse tokens. Rotate after "
        + from.UtcDateTime.ToString("d MMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture)
        + ". When a key was stolen: latchkey keys retire, on the machine of the server, makes it worthless at once.");
}

/// <summary>The words of the dashboard for keys.</summary>
internal static class KeyWords
{
    public static string OfPurpose(string purpose) => purpose switch
    {
        KeyRing.DerivePurpose => "key of sign-ins",
        KeyRing.RefreshPurpose => "key of refresh tokens",
        KeyRing.ApiTokenPurpose => "key of management tokens",
        _ => $"signing key {purpose}",
    };

    public static string OfState(string state) => state switch
    {
        KeyState.Current => "Current",
        KeyState.Next => "Next",
        KeyState.Former => "Former",
        _ => "Retired",
    };

    /// <summary>What a state means.</summary>
    public static string Explained(string state, bool isSigning) => state switch
    {
        KeyState.Current => isSigning ? "signs new tokens" : "used for everything new",
        KeyState.Next => "published, so that MCP servers know it before it signs",
        KeyState.Former => isSigning ? "published until the last token it signed has expired" : "what it made is still valid",
        _ => "neither used nor accepted",
    };
}

/// <summary>The data of <c>KeyListPage</c>.</summary>
/// <param name="Interval">How long a signing key is used. Zero: keys are not rotated by themselves.</param>
internal sealed record KeyList(IReadOnlyList<KeyRow> Keys, TimeSpan Interval)
{
    private static readonly string[] States = [KeyState.Current, KeyState.Next, KeyState.Former];

    /// <summary>The keys of each purpose, without retired ones; signing keys first.</summary>
    public IEnumerable<IGrouping<string, KeyRow>> Purposes => Keys.Where(k => States.Contains(k.State, StringComparer.Ordinal))
        .OrderBy(k => Array.IndexOf(States, k.State)).ThenByDescending(k => k.InStateSince)
        .GroupBy(k => k.Purpose, StringComparer.Ordinal)
        .OrderByDescending(g => KeyRing.IsSigning(g.Key)).ThenBy(g => g.Key, StringComparer.Ordinal);

    public int Retired => Keys.Count(k => k.State == KeyState.Retired);
}
