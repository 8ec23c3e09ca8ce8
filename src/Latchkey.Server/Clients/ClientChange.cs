namespace Latchkey.Server.Clients;

/// <summary>What decides who a client is and where its answers go: a change of it is recorded, and nobody's consent reaches beyond it.</summary>
internal static class ClientChange
{
    /// <summary>What is different, as a sentence; null: nothing that matters.</summary>
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
            changes.Add($"redirects added: {string.Join(' ', added)}; removed: {string.Join(' ', gone)}");
        }

        // Where a secret is sent makes no other client of it.
        if (former.Keys != client.Keys || (former.Class != ClientClass.Secret && former.TokenEndpointAuthMethod != client.TokenEndpointAuthMethod))
        {
            changes.Add("the keys or the way of authenticating changed");
        }

        return changes.Count > 0 ? string.Join("; ", changes) + "." : null;
    }
}
