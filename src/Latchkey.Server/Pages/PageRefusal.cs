using Latchkey.Server.Journeys;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Pages;

/// <summary>
/// A refusal that ends at a page of ours: the case (for journeys, tests and docs/wire.md) and what the person reads. Declared once, where the check stands.
/// </summary>
/// <param name="Code">Stable; <c>data-lk-error</c>.</param>
/// <param name="ForDevelopers">What to change, for whoever builds the client or the login page.</param>
internal sealed record PageRefusal(int Status, string Code, string Title, string Explanation, string Advice, string? ForDevelopers = null)
{
    /// <summary>Of a refusal that time heals.</summary>
    public int? RetryAfterSeconds { get; init; }

    public PageAnswer For(AuthRequestId id, string? returnUrl = null) =>
        new(new PageView.Error(Status, Code, Title, Explanation, Advice, ForDevelopers, JourneyReference.Of(id), returnUrl) { RetryAfterSeconds = RetryAfterSeconds });

    /// <summary>For a request that belongs to no auth request, or may not know to which: it gets a journey of its own, so that the reference on the page leads somewhere.</summary>
    /// <param name="step">The journey's only event.</param>
    public PageAnswer Alone(JourneyRecorder journeys, string step)
    {
        var id = AuthRequestId.New();
        journeys.Record(id, null, step, $"{Code}: {ForDevelopers ?? Explanation}");
        return For(id);
    }
}
