using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.Components;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>A sign-in as a row shows it.</summary>
public sealed record SignInLine
{
    public required string Id { get; init; }
    public required string Path { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required IReadOnlyList<LatchStep> Latch { get; init; }

    /// <summary>The latch in words, for screen readers.</summary>
    public required string Spoken { get; init; }

    /// <summary>What happened, in one line.</summary>
    public required string Sentence { get; init; }
    public required string? Person { get; init; }
    public required string Client { get; init; }
    public required bool IsVouched { get; init; }
    public required string? Host { get; init; }
    public required string? Server { get; init; }
    public required string Reference { get; init; }

    /// <param name="refusals">The events of the sign-in that have a cause.</param>
    internal static SignInLine Of(SignInSummary summary, IEnumerable<SignInEvent> refusals, ConfigurationSnapshot configuration) => new()
    {
        Id = summary.AuthorizationId.Value,
        Path = SignInPages.Page.Path(summary.AuthorizationId.Value),
        StartedAt = summary.StartedAt,
        Latch = LatchOf.Steps(summary.Outcome, summary.Station, summary.Purpose),
        Spoken = SpokenOf(summary),
        Sentence = SentenceOf(summary, refusals),
        Person = summary.Email ?? summary.Subject,
        Client = ClientOf(summary),
        IsVouched = summary.Vouched == true,
        Host = summary.RedirectHost,
        Server = ServerOf(summary, configuration),
        Reference = summary.Reference,
    };

    /// <summary>The name that the client gave itself, or its id.</summary>
    internal static string ClientOf(SignInSummary summary) =>
        summary.Purpose is { } purpose
            ? SignInWords.OfPurpose(purpose)
            : summary.ClientName ?? (summary.Family is { } family and not SignInChange.OtherFamily ? family : null)
            ?? (summary.ClientId is { } id ? ClientIdUrl.IsWellFormed(id) ? new Uri(id).Host : id : "a client without an id");

    internal static string? ServerOf(SignInSummary summary, ConfigurationSnapshot configuration) =>
        summary.ResourceId is { } id ? configuration.Find(new ResourceId(id))?.Name ?? id : null;

    private static string SpokenOf(SignInSummary summary) => summary switch
    {
        { Outcome: SignInOutcome.Connected or SignInOutcome.Running or null } => "",
        { Outcome: { } outcome, Station: { } station } => $"{SignInWords.Of(outcome)} at {SignInWords.Of(station)}: ",
        _ => "",
    };

    private static string SentenceOf(SignInSummary summary, IEnumerable<SignInEvent> refusals)
    {
        var cause = summary.CauseCode is { } code ? Causes.Find(code) : null;
        return summary.Outcome switch
        {
            SignInOutcome.Running => $"Waits at {SignInWords.Of(summary.Station ?? Station.Ask)}",
            SignInOutcome.Connected when summary.Purpose is LoginPurpose.Test.StoredName => "The login page works",
            SignInOutcome.Connected when cause is null => "Connected",
            null => "Recorded by an earlier version",
            _ when cause is not null =>
                CauseText.Render(cause.Title, refusals.LastOrDefault(e => e.CauseCode == summary.CauseCode)?.Facts ?? []),
            _ => summary.CauseCode is { } unknown ? SignInWords.OfCode(unknown) : SignInWords.Of(summary.Outcome.Value),
        };
    }
}
