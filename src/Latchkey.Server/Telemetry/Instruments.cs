using System.Diagnostics.Metrics;

namespace Latchkey.Server.Telemetry;

/// <summary>
/// The metrics of the server, except what is observed when it is collected (<c>Health/ServerGauges.cs</c>). While nothing collects them,
/// an instrument records and allocates nothing. The value of a label is one of a bounded list, never an id or a text that a caller chose.
/// docs/guide/observe.md lists all of them.
/// </summary>
internal static class Instruments
{
    public const string MeterName = "Latchkey";

    public const string Step = "latchkey.step";
    public const string GrantType = "latchkey.grant_type";
    public const string Status = "http.response.status_code";
    public const string ErrorType = "error.type";
    public const string Outcome = "latchkey.outcome";
    public const string Cause = "latchkey.cause";
    public const string Station = "latchkey.station";
    public const string Family = "latchkey.client_family";
    public const string Budget = "latchkey.budget";
    public const string Cache = "latchkey.cache";
    public const string Result = "latchkey.result";
    public const string FetchKind = "latchkey.fetch_kind";
    public const string Loop = "latchkey.loop";
    public const string Database = "latchkey.database";
    public const string Operation = "db.operation.name";
    public const string Algorithm = "latchkey.algorithm";

    private static readonly Meter Meter = new(MeterName);

    /// <summary>From 1 ms to 10 s: a step takes a few milliseconds, and tens while a document is fetched.</summary>
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    public static readonly Counter<long> SignIns = Meter.CreateCounter<long>(
        "latchkey.sign_ins", "{sign_in}", "Sign-ins that came to an end, by outcome, cause and client family");

    public static readonly Counter<long> Refusals = Meter.CreateCounter<long>(
        "latchkey.refusals", "{refusal}", "Refused requests, by cause and client family");

    public static readonly Histogram<double> StepDuration = Meter.CreateHistogram(
        "latchkey.step.duration", "s", "Time in which a step of a sign-in was answered", advice: Seconds);

    public static readonly Counter<long> TokenResponses = Meter.CreateCounter<long>(
        "latchkey.token.responses", "{response}", "Responses of the token endpoint, by grant type and error code");

    public static readonly Histogram<double> StorageDuration = Meter.CreateHistogram(
        "latchkey.storage.duration", "s", "Time of a storage step, including the wait for a connection or the writer", advice: Seconds);

    public static readonly UpDownCounter<long> StorageRunning = Meter.CreateUpDownCounter<long>(
        "latchkey.storage.running", "{step}", "Storage steps that run or wait at present");

    public static readonly Counter<long> SignInLogLost = Meter.CreateCounter<long>(
        "latchkey.sign_in_log.lost", "{event}", "Events that the sign-in log lost");

    public static readonly Counter<long> CacheLookups = Meter.CreateCounter<long>(
        "latchkey.cache.lookups", "{lookup}", "Lookups in a cache, by result");

    public static readonly Counter<long> BudgetUsed = Meter.CreateCounter<long>(
        "latchkey.budget.used", "{unit}", "Units taken from the budgets of networks");

    public static readonly Counter<long> BudgetRefused = Meter.CreateCounter<long>(
        "latchkey.budget.refused", "{request}", "Requests that a spent budget refused, or would refuse if their credential were wrong");

    public static readonly Counter<long> BackgroundFailures = Meter.CreateCounter<long>(
        "latchkey.background.failures", "{failure}", "Failed runs of background loops");

    public static readonly Histogram<double> FetchDuration = Meter.CreateHistogram(
        "latchkey.client_fetch.duration", "s", "Time of a fetch of a client's document or key set", advice: Seconds);

    public static readonly Counter<long> WebhookAttempts = Meter.CreateCounter<long>(
        "latchkey.webhook.attempts", "{attempt}", "Requests to webhook endpoints, by result");

    /// <summary>Counts a request to a webhook endpoint.</summary>
    /// <param name="result"><c>delivered</c>, <c>retried</c> or, after the last attempt, <c>failed</c>.</param>
    public static void WebhookSent(string result) => WebhookAttempts.Add(1, new KeyValuePair<string, object?>(Result, result));

    /// <summary>Counts a failed run of a background loop.</summary>
    public static void LoopFailed(string loop) => BackgroundFailures.Add(1, new KeyValuePair<string, object?>(Loop, loop));

    /// <summary>Counts a lookup in a cache.</summary>
    public static void LookedUp(string cache, bool isHit) => CacheLookups.Add(
        1, new KeyValuePair<string, object?>(Cache, cache), new KeyValuePair<string, object?>(Result, isHit ? "hit" : "miss"));
}
