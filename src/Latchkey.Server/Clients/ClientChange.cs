namespace Latchkey.Server.Clients;

/// <summary>Changes of members that identify a client. They are recorded, and earlier consents end.</summary>
internal static class ClientChange
{
    /// <summary>The client chooses the texts, so what is kept of them is bounded.</summary>
    private const int MaxLength = 2_000;

    private static string Shortened(string change) => change.Length <= MaxLength ? change : change[..MaxLength] + "…";

    /// <summary>Describes the changes in a sentence. Returns null when no identifying member changed.</summary>
    public static string? Between(Client former, Client client)
    {
        var changes = new List<string>();
        if (former.Name != client.Name)
        {
            changes.Add($"the name was '{former.Name}' and is '{client.Name}'");
        }

        var gone = former.RedirectUris.Except(client.RedirectUris, StringComparer.Ordinal).ToList();
        var added = client.RedirectUris.Except(former.RedirectUris, StringComparer.Ordinal).ToList();
        if (gone.Count + added.Count > 0)
        {
            changes.Add($"redirect URIs added: {string.Join(' ', added)}; removed: {string.Join(' ', gone)}");
        }

        // Another place for the secret does not make it another client.
        if (former.Keys != client.Keys
            || (former.Class != ClientClass.Secret && former.TokenEndpointAuthMethod != client.TokenEndpointAuthMethod))
        {
            changes.Add("the keys or the authentication method changed");
        }

        return changes.Count > 0 ? Shortened(string.Join("; ", changes) + ".") : null;
    }
}
