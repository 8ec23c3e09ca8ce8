using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Latchkey.Server.Telemetry;

/// <summary>
/// The span of one step of a sign-in, while its request runs. All steps of a sign-in are in one trace, on whatever node they run and
/// without a stored trace context: the id of the trace is derived from that of the authorization. A step learns its sign-in while it runs,
/// so its span and those below it are created when it ends, with the times that were measured.
/// 1. The steps of a login have the trace of their sign-in. 2. A pushed request has a trace of its own, to which the authorization request
/// that uses it links. 3. A refresh may come months later: its trace is its own and links to that of the sign-in.
/// Trace contexts that callers send are ignored: a stranger must not choose trace ids or what is sampled.
/// </summary>
internal sealed class StepSpan
{
    public const string SourceName = "Latchkey";
    public const string SignInAttribute = "latchkey.sign_in";

    /// <summary>A step has about five; the bound is for a loop that nobody expects.</summary>
    private const int MaxChildren = 100;

    private static readonly ActivitySource Source = new(SourceName);
    private static readonly AsyncLocal<StepSpan?> Running = new();

    /// <summary>The trace id of the next root span of this thread.</summary>
    [ThreadStatic]
    private static ActivityTraceId? nextTraceId;

    private readonly DateTimeOffset startedAt = TimeProvider.System.GetUtcNow();
    private readonly long started = Stopwatch.GetTimestamp();
    private readonly Lock gate = new();
    private readonly List<Child> children = [];
    private string? authorization;
    private string? reference;

    static StepSpan() => Activity.TraceIdGenerator = static () => nextTraceId ?? ActivityTraceId.CreateRandom();

    private StepSpan(bool isTraced) => IsTraced = isTraced;

    /// <summary>The step that runs in this context, or null when nothing collects spans or metrics.</summary>
    public static StepSpan? Current => Running.Value;

    /// <summary>Whether a span is wanted, besides metrics.</summary>
    public bool IsTraced { get; }

    public string? GrantType { get; set; }

    /// <summary>The cause of a refusal: one of the codes of the catalogue.</summary>
    public string? Cause { get; set; }

    /// <summary>The family of the client whose sign-in it is, or null when it is not known.</summary>
    public string? Family { get; set; }

    /// <summary>The hash of the reference of a pushed request, which is its trace in <c>par</c>, and a link in <c>authorize</c>.</summary>
    public string? PushedRequest { get; set; }

    /// <summary>Whether the sign-in of the step is known.</summary>
    public bool IsAttributed => authorization is not null;

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(started);

    /// <summary>Whether anything collects spans or the durations of steps.</summary>
    public static bool IsOn => Source.HasListeners() || Instruments.StepDuration.Enabled;

    public static StepSpan Begin() => Running.Value = new(Source.HasListeners());

    /// <summary>Tells to which sign-in the step belongs. The first one counts.</summary>
    /// <param name="id">The id of the authorization.</param>
    /// <param name="signIn">The reference of the sign-in.</param>
    public void BelongsTo(string id, string signIn)
    {
        lock (gate)
        {
            if (authorization is null)
            {
                (authorization, reference) = (id, signIn);
            }
        }
    }

    /// <summary>Adds a span below that of the step, which ends now.</summary>
    /// <param name="begun">The timestamp of its begin (<see cref="Stopwatch.GetTimestamp"/>).</param>
    public void Add(string childName, ActivityKind kind, long begun, string? failure, params ReadOnlySpan<(string Name, string Value)> tags)
    {
        if (!IsTraced)
        {
            return;
        }

        var child = new Child(
            childName, kind, startedAt + Stopwatch.GetElapsedTime(started, begun), Stopwatch.GetElapsedTime(begun), failure,
            tags.ToArray());
        lock (gate)
        {
            if (children.Count < MaxChildren)
            {
                children.Add(child);
            }
        }
    }

    /// <summary>Creates the spans. Called once, when the step has ended.</summary>
    /// <param name="name">One of <see cref="Steps"/>.</param>
    public void End(string name, int status)
    {
        if (!IsTraced)
        {
            return;
        }

        var outer = Activity.Current;
        Activity.Current = null;
        try
        {
            nextTraceId = TraceOfStep(name);
            using var root = Source.StartActivity(name, ActivityKind.Server, default(ActivityContext), tags: null, Links(name), startedAt);
            nextTraceId = null;
            if (root is not null)
            {
                Describe(root, name, status);
                AddChildren(root);
                root.SetEndTime((startedAt + Elapsed).UtcDateTime);
            }
        }
        finally
        {
            nextTraceId = null;
            Activity.Current = outer;
        }
    }

    /// <summary>The id of the trace with this key: the id of an authorization, or the hash of a pushed request.</summary>
    public static ActivityTraceId TraceOf(string key) => ActivityTraceId.CreateFromBytes(Hash(key).AsSpan(0, 16));

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes($"latchkey trace {key}"));

    private bool IsRefresh => GrantType == OAuth.GrantType.RefreshTokenName;

    private ActivityTraceId? TraceOfStep(string name) => name == Steps.Push
        ? PushedRequest is { } pushed ? TraceOf(pushed) : null
        : IsRefresh || authorization is null ? null : TraceOf(authorization);

    private List<ActivityLink>? Links(string name)
    {
        var key = IsRefresh ? authorization : name == Steps.Authorize ? PushedRequest : null;
        return key is null ? null
            : [new(new(TraceOf(key), LinkedSpan(key), ActivityTraceFlags.Recorded, isRemote: true))];
    }

    /// <summary>A link names a span too. Which one is not known, so the id only has the right form.</summary>
    private static ActivitySpanId LinkedSpan(string key) => ActivitySpanId.CreateFromBytes(Hash(key).AsSpan(16, 8));

    private void Describe(Activity root, string name, int status)
    {
        root.SetTag(Instruments.Step, name);
        root.SetTag(Instruments.Status, status);
        if (reference is not null)
        {
            root.SetTag(SignInAttribute, reference);
        }

        if (GrantType is not null)
        {
            root.SetTag(Instruments.GrantType, GrantType);
        }

        if (Cause is not null)
        {
            root.SetTag(Instruments.Cause, Cause);
        }

        if (status >= StatusCodes.Status500InternalServerError)
        {
            root.SetStatus(ActivityStatusCode.Error);
        }
    }

    private void AddChildren(Activity root)
    {
        List<Child> known;
        lock (gate)
        {
            known = [.. children];
        }

        foreach (var child in known)
        {
            using var span = Source.StartActivity(child.Name, child.Kind, root.Context, tags: null, links: null, child.StartedAt);
            if (span is null)
            {
                continue;
            }

            foreach (var (tag, value) in child.Tags)
            {
                span.SetTag(tag, value);
            }

            if (child.Failure is not null)
            {
                span.SetTag(Instruments.ErrorType, child.Failure);
                span.SetStatus(ActivityStatusCode.Error);
            }

            span.SetEndTime((child.StartedAt + child.Duration).UtcDateTime);
        }
    }

    private sealed record Child(
        string Name, ActivityKind Kind, DateTimeOffset StartedAt, TimeSpan Duration, string? Failure, (string Name, string Value)[] Tags);
}
