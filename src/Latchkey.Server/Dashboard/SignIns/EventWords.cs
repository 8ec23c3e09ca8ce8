using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>How the timeline shows an event: its kind, its title, its actor.</summary>
/// <param name="Kind"><c>ok</c>, <c>bad</c> a refusal, <c>note</c> what was tolerated, <c>mute</c> a remark.</param>
/// <param name="Text">Null when the title says all.</param>
internal sealed record EventWords(string Kind, string Icon, string Title, string? Text, string Actor)
{
    private static readonly Dictionary<string, (string Title, string Icon)> Titles = new(StringComparer.Ordinal)
    {
        ["authorize.accepted"] = ("{client_name} asked for access", "clients"),
        ["test.begun"] = ("A test of the login page began", "login"),
        ["test.sent"] = ("The browser went to the login page", "login"),
        ["account.begun"] = ("A person wanted to see connected programs", "login"),
        ["grant.narrowed"] = ("The program may do less", "info"),
        ["grant.suspicious"] = ("The person does not know this program", "warn"),
        ["login.context_read"] = ("Your backend asked what is wanted", "info"),
        ["login.reported"] = ("Your login page reported who it is", "person"),
        ["login.reported_again"] = ("Your login page reported again", "person"),
        ["login.displaced"] = ("Newer sign-ins took the place of its cookie", "info"),
        ["callback.accepted"] = ("The browser came back", "login"),
        ["callback.confirmed"] = ("The browser came back with the confirmation", "check"),
        ["consent.allowed"] = ("The person allowed it", "check"),
        ["consent.remembered"] = ("An earlier answer was used", "check"),
        ["consent.changed"] = ("The question was asked again", "info"),
        ["consent.not_you"] = ("The person pressed “Switch account”", "person"),
        ["token.issued"] = ("The client has its tokens", "key"),
        ["token.revoked"] = ("An access token was revoked", "cross"),
        ["grant.revoked"] = ("The access ended", "cross"),
        ["refresh.repeated"] = ("A past refresh token came again", "warn"),
        ["refresh.repeated_elsewhere"] = ("A past refresh token came from elsewhere", "warn"),
        ["refresh.response_lost"] = ("The response to a refresh was lost", "warn"),
        ["client.document_large"] = ("The description of the client is large", "info"),
        ["client.document_stale"] = ("An older copy of the client’s description was used", "info"),
        ["client.document_shipped"] = ("The description from the catalogue was used", "info"),
        ["client.document_changed"] = ("The client changed its description", "info"),
    };

    /// <summary>The parts of the names of events, with the party that causes them.</summary>
    private static readonly Dictionary<string, string> Actors = new(StringComparer.Ordinal)
    {
        ["authorize"] = "Client, by browser",
        ["client"] = "Latchkey",
        ["test"] = "Operator",
        ["login"] = "Your backend",
        ["callback"] = "Browser",
        ["consent"] = "Person",
        ["token"] = "Client",
        ["refresh"] = "Client",
        ["grant"] = "Latchkey",
        ["sign_in"] = "Latchkey",
    };

    public static EventWords Of(SignInEvent happened)
    {
        var actor = Actors.GetValueOrDefault(happened.Name.Split('.')[0], "Client");
        if (ClientQuirk.Of(happened) is { } quirk)
        {
            return new("note", "warn", $"Tolerated: {quirk.Sentence}", $"A stricter server refuses this ({quirk.Rule}).", "Latchkey");
        }

        var cause = happened.CauseCode is { } code ? Causes.Find(code) : null;
        if (happened.Name == SignInCloser.EventName)
        {
            return new("mute", "info", "The time ran out", cause?.Title, actor);
        }

        if (cause is not null)
        {
            return new(
                "bad", "cross", CauseText.Render(cause.Title, happened.Facts), CauseText.Render(cause.Explanation, happened.Facts), actor);
        }

        var (title, icon) = Titles.GetValueOrDefault(happened.Name, (SignInWords.OfCode(happened.Name.Replace('.', ' ')), "info"));
        var kind = happened.CauseCode is not null ? "bad" : icon is "info" ? "mute" : icon is "warn" ? "note" : "ok";
        return new(kind, icon, CauseText.Render(title, happened.Facts).Replace(CauseText.Unknown, "A client", StringComparison.Ordinal),
            happened.Detail, actor);
    }
}
