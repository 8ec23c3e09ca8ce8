using System.Globalization;
using Latchkey.Server.Clients;

namespace Latchkey.Server.Dashboard.Clients;

/// <summary>The words of the dashboard for clients.</summary>
internal static class ClientWords
{
    public static readonly IReadOnlyList<KeyValuePair<string, string>> Kinds =
    [
        new("document", Of(ClientOrigin.Document)), new("registered", Of(ClientOrigin.Registered)),
        new("operator", Of(ClientOrigin.Operator)),
    ];

    public static string Of(ClientOrigin kind) => kind switch
    {
        ClientOrigin.Document => "By document",
        ClientOrigin.Registered => "Registered itself",
        _ => "Made here",
    };

    public static ClientOrigin? Kind(string? value) => value switch
    {
        "document" => ClientOrigin.Document,
        "registered" => ClientOrigin.Registered,
        "operator" => ClientOrigin.Operator,
        _ => null,
    };

    /// <summary>What a kind is, in a sentence.</summary>
    public static string Explained(Client client) => client.Origin switch
    {
        ClientOrigin.Document => "Its id is the address of a document in which it describes itself.",
        ClientOrigin.Registered => "It registered itself when a person connected it.",
        _ => "An operator made it.",
    };

    /// <summary>How the client proves itself when it comes for tokens.</summary>
    public static string Of(ClientClass authenticates) => authenticates switch
    {
        ClientClass.Secret => "with a secret",
        ClientClass.Key => "with a signed proof (private_key_jwt)",
        _ => "not at all: it is public, and protected by PKCE",
    };

    /// <summary>The last use, which is exact to one hour.</summary>
    public static string UsedAt(DateTimeOffset? used, DateTimeOffset now)
    {
        if (used is not { } at)
        {
            return "never";
        }

        var (day, today) = (at.UtcDateTime.Date, now.UtcDateTime.Date);
        return now - at < 2 * ClientUses.Coarseness ? "in the last 2 hours"
            : day == today ? "today"
            : day == today.AddDays(-1) ? "yesterday"
            : day.ToString("d MMM yyyy", CultureInfo.InvariantCulture);
    }
}
