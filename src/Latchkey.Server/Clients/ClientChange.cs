namespace Latchkey.Server.Clients;

/// <summary>A recorded change of a client, member by member.</summary>
/// <param name="Name">The name before and after. Null when it did not change.</param>
/// <param name="HasOtherKeys">Whether keys or authentication method changed.</param>
internal sealed record ClientDifference(
    (string Before, string After)? Name, IReadOnlyList<string> Removed, IReadOnlyList<string> Added, bool HasOtherKeys);

/// <summary>Changes of members that identify a client. They are recorded, and earlier consents end.</summary>
internal static class ClientChange
{
    private const string NameWas = "the name was '";
    private const string NameIs = "' and is '";
    private const string UrisAdded = "redirect URIs added: ";
    private const string UrisRemoved = "; removed: ";
    private const string Separator = "; ";
    private const string OtherKeys = "the keys or the authentication method changed";

    /// <summary>The client chooses the texts, so what is kept of them is bounded.</summary>
    private const int MaxLength = 2_000;

    private static string Shortened(string change) => change.Length <= MaxLength ? change : change[..MaxLength] + "…";

    /// <summary>Describes the changes in a sentence. Returns null when no identifying member changed.</summary>
    public static string? Between(Client former, Client client)
    {
        var changes = new List<string>();
        if (former.Name != client.Name)
        {
            changes.Add($"{NameWas}{former.Name}{NameIs}{client.Name}'");
        }

        var gone = former.RedirectUris.Except(client.RedirectUris, StringComparer.Ordinal).ToList();
        var added = client.RedirectUris.Except(former.RedirectUris, StringComparer.Ordinal).ToList();
        if (gone.Count + added.Count > 0)
        {
            changes.Add($"{UrisAdded}{string.Join(' ', added)}{UrisRemoved}{string.Join(' ', gone)}");
        }

        // Another place for the secret does not make it another client.
        if (former.Keys != client.Keys
            || (former.Class != ClientClass.Secret && former.TokenEndpointAuthMethod != client.TokenEndpointAuthMethod))
        {
            changes.Add(OtherKeys);
        }

        return changes.Count > 0 ? Shortened(string.Join(Separator, changes) + ".") : null;
    }

    /// <summary>
    /// Reads a sentence of <see cref="Between"/>. Returns null for one that was shortened. The members are sought from the end, because a
    /// name, which stands first, may contain anything.
    /// </summary>
    public static ClientDifference? Read(string sentence)
    {
        if (!sentence.EndsWith('.'))
        {
            return null;
        }

        var rest = sentence[..^1];
        var hasOtherKeys = rest.EndsWith(OtherKeys, StringComparison.Ordinal);
        rest = hasOtherKeys ? WithoutSeparator(rest[..^OtherKeys.Length]) : rest;
        string[] added = [], removed = [];

        // A sentence that ends with a quotation mark ends with the name.
        if (!rest.EndsWith('\'') && rest.LastIndexOf(UrisAdded, StringComparison.Ordinal) is >= 0 and var uris
            && rest.IndexOf(UrisRemoved, uris, StringComparison.Ordinal) is >= 0 and var gone)
        {
            added = rest[(uris + UrisAdded.Length)..gone].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            removed = rest[(gone + UrisRemoved.Length)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            rest = WithoutSeparator(rest[..uris]);
        }

        if (rest.Length == 0)
        {
            return new(Name: null, removed, added, hasOtherKeys);
        }

        return rest.StartsWith(NameWas, StringComparison.Ordinal) && rest.EndsWith('\'')
            && rest.IndexOf(NameIs, StringComparison.Ordinal) is >= 0 and var name && name >= NameWas.Length
            && name + NameIs.Length <= rest.Length - 1
                ? new((rest[NameWas.Length..name], rest[(name + NameIs.Length)..^1]), removed, added, hasOtherKeys)
                : null;
    }

    private static string WithoutSeparator(string text) =>
        text.EndsWith(Separator, StringComparison.Ordinal) ? text[..^Separator.Length] : text;
}
