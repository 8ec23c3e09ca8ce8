using System.Text.Json;

namespace Latchkey.Server.SignIns;

/// <summary>The changes that the events of one batch make in the summary of one sign-in, as one row.</summary>
internal sealed class SignInFold(SignInEvent first)
{
    private readonly List<SignInEvent> events = [];
    private SignInChange change = new();
    private DateTimeOffset lastAt = first.At;
    private DateTimeOffset? stateAt;

    public AuthorizationId Id => first.AuthorizationId;

    /// <summary>False when only outcome, person and access changed, which leaves most indexes alone.</summary>
    public bool HasDescription => change.ClientId is not null || change.ClientName is not null || change.Family is not null
        || change.Vouched is not null || change.ResourceId is not null || change.ConnectionId is not null || change.RedirectHost is not null
        || change.Network is not null || change.Agent is not null || change.Tolerated is not null || change.Purpose is not null;

    /// <summary>Whether the sign-in may be counted otherwise than before: it ended, or goes on after it had ended.</summary>
    public bool MayEnd { get; private set; }

    public void Add(SignInEvent happened)
    {
        events.Add(happened);
        MayEnd = MayEnd || happened.CauseCode is not null || happened.Change is { Outcome: not null } or { CauseCode: not null };
        lastAt = happened.At > lastAt ? happened.At : lastAt;
        if (happened.Change is not { } next)
        {
            return;
        }

        if (next.Outcome is not null || next.Station is not null || next.DueAt is not null || next.CauseCode is not null)
        {
            stateAt = stateAt > happened.At ? stateAt : happened.At;
        }

        // A refusal that decides nothing leaves the sign-in where it waits. What goes on or is done has no cause any more.
        var decides = next.Outcome is not null;
        var goesOn = next.Outcome is SignInOutcome.Running or SignInOutcome.Connected;
        change = new()
        {
            Outcome = next.Outcome ?? change.Outcome,
            Station = decides || change.Outcome is not SignInOutcome.Running ? next.Station ?? change.Station : change.Station,
            DueAt = next.DueAt ?? change.DueAt,
            CauseCode = goesOn ? next.CauseCode : next.CauseCode ?? change.CauseCode,
            ClientId = next.ClientId ?? change.ClientId,
            ClientName = next.ClientName ?? change.ClientName,
            Family = next.Family ?? change.Family,
            Vouched = next.Vouched ?? change.Vouched,
            ResourceId = next.ResourceId ?? change.ResourceId,
            ConnectionId = next.ConnectionId ?? change.ConnectionId,
            Subject = next.Subject ?? change.Subject,
            Email = next.Email ?? change.Email,
            RedirectHost = next.RedirectHost ?? change.RedirectHost,
            Network = change.Network ?? next.Network,
            Agent = change.Agent ?? next.Agent,
            Tolerated = next.Tolerated ?? change.Tolerated,
            GrantId = next.GrantId ?? change.GrantId,
            Purpose = next.Purpose ?? change.Purpose,
        };
    }

    /// <summary>The events in their order, cut where the login request changes.</summary>
    public IEnumerable<List<SignInEvent>> EventsByLoginRequest()
    {
        for (var start = 0; start < events.Count;)
        {
            var same = events.Skip(start).TakeWhile(e => e.LoginRequestId == events[start].LoginRequestId).ToList();
            yield return same;
            start += same.Count;
        }
    }

    /// <summary>Writes the row in the order of the columns in <see cref="SignInBatch"/>.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray(first.AuthorizationId.Value);
        json.WriteStringValue(SignInReference.Of(first.AuthorizationId));
        json.WriteNumberValue(first.At.ToUnixTimeMilliseconds());
        json.WriteNumberValue(lastAt.ToUnixTimeMilliseconds());
        Number(json, stateAt?.ToUnixTimeMilliseconds());
        Number(json, change.DueAt?.ToUnixTimeMilliseconds());
        json.WriteStringValue(change.Outcome is { } outcome ? StoredNames.Of(outcome) : null);
        json.WriteStringValue(change.Station is { } station ? StoredNames.Of(station) : null);
        json.WriteStringValue(change.CauseCode);
        Text(json, change.Subject);
        Text(json, change.Email?.ToLowerInvariant());
        json.WriteStringValue(change.GrantId?.Value);
        Text(json, change.ClientId, ClientIdUrl.MaxLength);
        Text(json, change.ClientName);
        Text(json, change.Family);
        Number(json, change.Vouched is { } vouched ? (vouched ? 1 : 0) : null);
        json.WriteStringValue(change.ResourceId?.Value);
        json.WriteStringValue(change.ConnectionId?.Value);
        Text(json, change.RedirectHost);
        Text(json, change.Network);
        Text(json, change.Agent);
        Number(json, change.Tolerated is { } tolerated ? (tolerated ? 1 : 0) : null);
        json.WriteStringValue(change.Purpose);
        json.WriteEndArray();
    }

    private static void Text(Utf8JsonWriter json, string? text, int maxLength = 512) =>
        json.WriteStringValue(text is null ? null : RecordedFacts.Text(text, maxLength));

    private static void Number(Utf8JsonWriter json, long? number)
    {
        if (number is { } value)
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
