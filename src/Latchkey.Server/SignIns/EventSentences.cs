using System.Collections.Frozen;
using System.Text;

namespace Latchkey.Server.SignIns;

/// <summary>
/// The sentence of each event, made when it is shown: <c>{name}</c> stands for the value of a fact, and a part in brackets is left out when
/// one of its facts is missing.
/// </summary>
internal static class EventSentences
{
    /// <summary>The first sentence of an event whose facts are all there, outside of brackets, is used.</summary>
    private static readonly FrozenDictionary<string, string[]> Sentences = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["authorize.accepted"] =
        [
            "{client_name} ({client_id}) requested '{scope}' at {resource_name} ({resource_id}); the browser[, at {address},] was sent to "
            + "the login page of {connection_id}.",
        ],
        ["client.document_large"] = ["The document of {client_id} has {bytes} bytes. Other servers read at most {limit}."],
        ["client.document_stale"] = ["{reason} The document as of {fetched_at} was used."],
        ["client.document_shipped"] = ["{client_id}: {reason} The entry of the catalogue of this server was used."],
        ["client.document_changed"] = ["{client_id}: {change}"],
        ["login.reported"] = ["{actor} reported {sub}.[ Unknown members were ignored: {ignored_members}.]"],
        ["login.reported_again"] =
            ["{actor} reported {sub} again; the first report stands.[ This one differs in {differing_members}.]"],
        ["login.displaced"] = ["This browser holds {newer} newer sign-ins, so its cookie for this one was deleted."],
        ["test.begun"] = ["{actor} began a test of the login page of {connection_id}."],
        ["test.sent"] = ["The browser[, at {address},] was sent to the login page of {connection_id}."],
        ["account.begun"] = ["A person began to sign in to connected programs; the browser[, at {address},] was sent to {connection_id}."],
        ["grant.narrowed"] = ["{actor} narrowed grant {grant_id} to '{scope}'."],
        ["grant.suspicious"] = ["The person does not know grant {grant_id} of {client_id}."],
        ["login.context_read"] = ["{actor} asked what is wanted."],
        ["callback.confirmed"] = ["The browser came back as {sub}."],
        ["callback.accepted"] = ["The browser came back as {sub} and was sent to the consent page."],
        ["consent.allowed"] = ["{sub} allowed '{scope}'[ for the organisation {organization}]; the code was sent to {redirect_host}."],
        ["consent.remembered"] =
        [
            "{sub} had allowed '{scope}' before and did not want to be asked again, so the page was skipped; the code was sent to "
            + "{redirect_host}.",
        ],
        ["consent.changed"] = ["The page was shown before the client or the resource changed; the person is asked again."],
        ["consent.not_you"] = ["The person is not {sub} ('Switch account'); a new login request was started."],
        ["token.issued"] = ["{client_id} exchanged the code for tokens of '{scope}' (grant {grant_id})."],
        ["token.revoked"] = ["{actor} revoked access token {token_id} of grant {grant_id}, which goes on."],
        ["grant.revoked"] =
        [
            "{actor} revoked the consent {consent_id}; grant {grant_id} ended with it.",
            "{actor} revoked grant {grant_id}.",
            "The code of grant {grant_id} was presented again {seconds} s after it was redeemed. It may have been stolen (replay), so the "
            + "grant was revoked.",
            "A past refresh token of grant {grant_id} was presented after the reuse window and after the use of its successor (replay): it "
            + "may have been copied. The grant was revoked; the person has to sign in again.",
        ],
        ["refresh.repeated"] =
        [
            "A past refresh token of grant {grant_id} was presented {milliseconds} ms after its rotation; the response has the current "
            + "one.",
        ],
        ["refresh.repeated_elsewhere"] =
        [
            "A past refresh token of grant {grant_id} was presented {difference} {milliseconds} ms after its rotation; the response "
            + "has the current one.",
        ],
        ["refresh.response_lost"] =
        [
            "A past refresh token of grant {grant_id}, whose successor was never used, was presented {seconds} s after its rotation from "
            + "the same network; the response of the rotation was lost, and this one has the current token.",
        ],
        [SignInCloser.EventName] = ["The time of the sign-in ran out.[ It waited at the step {station}.]"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The names of the facts in these sentences.</summary>
    public static IReadOnlySet<string> FactNames { get; } = Sentences.Values.SelectMany(s => s).SelectMany(NamesIn)
        .Append(ClientQuirk.FactName).ToFrozenSet(StringComparer.Ordinal);

    private const string Missing = "…";

    public static string Of(SignInEvent happened) =>
        happened.Facts.FirstOrDefault(f => f.Name == RecordedFacts.Detail) is { } detail ? detail.Value
        : happened.Name == ClientQuirk.EventName ? ClientQuirk.Of(happened)?.Detail ?? ""
        : happened.Name != SignInCloser.EventName && happened.CauseCode is { } code && Causes.Find(code) is { } cause
            ? $"{code}: {CauseText.Render(cause.Title, happened.Facts)}"
        : Sentences.TryGetValue(happened.Name, out var sentences) ? Filled(sentences, WithActor(happened))
        : happened.CauseCode ?? "";

    private static IReadOnlyList<Fact> WithActor(SignInEvent happened) =>
        happened.Actor is { } actor ? [.. happened.Facts, Fact.Seen("actor", actor)] : happened.Facts;

    private static string Filled(string[] sentences, IReadOnlyList<Fact> facts) =>
        Filled(Array.Find(sentences, s => Filled(s, facts).IndexOf(Missing, StringComparison.Ordinal) < 0) ?? sentences[^1], facts);

    /// <summary>Puts the facts into a sentence.</summary>
    public static string Filled(string sentence, IReadOnlyList<Fact> facts)
    {
        var text = new StringBuilder(sentence.Length + 64);
        for (var at = 0; at < sentence.Length;)
        {
            var end = sentence[at] switch { '[' => sentence.IndexOf(']', at), '{' => sentence.IndexOf('}', at), _ => -1 };
            if (end < 0)
            {
                text.Append(sentence[at++]);
                continue;
            }

            var part = sentence[(at + 1)..end];
            if (sentence[at] == '{')
            {
                text.Append(ValueOf(part, facts) ?? Missing);
            }
            else if (NamesIn(part).All(name => ValueOf(name, facts) is not null))
            {
                text.Append(Filled(part, facts));
            }

            at = end + 1;
        }

        return text.ToString();
    }

    private static string? ValueOf(string name, IReadOnlyList<Fact> facts) => facts.FirstOrDefault(f => f.Name == name)?.Value;

    private static IEnumerable<string> NamesIn(string sentence)
    {
        for (var open = sentence.IndexOf('{', StringComparison.Ordinal); open >= 0; open = sentence.IndexOf('{', open + 1))
        {
            yield return sentence[(open + 1)..sentence.IndexOf('}', open)];
        }
    }
}
