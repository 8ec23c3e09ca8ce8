using System.Text;

namespace Clients.Differences;

/// <summary>A request that both servers accept; a row of the table bends it.</summary>
/// <param name="AsksPerson">An authorization request (GET); else a token request (POST).</param>
/// <param name="ClientId">Of the client for which codes and refresh tokens are made.</param>
/// <param name="Authorization">The header, or null.</param>
/// <param name="Parameters">As <c>name=value</c>.</param>
internal sealed record Start(bool AsksPerson, string ClientId, string? Authorization, params string[] Parameters)
{
    /// <summary>An authorization request of the public client.</summary>
    public static readonly Start Ask = new(
        true,
        "{public}",
        null,
        "response_type=code",
        "client_id={public}",
        "redirect_uri={redirect}",
        "scope=notes:read",
        "state=af0ifjsldkj",
        "code_challenge={challenge}",
        "code_challenge_method=S256",
        "resource={resource}");

    /// <summary>The public client redeems a code.</summary>
    public static readonly Start Redeem = new(
        false, "{public}", null, "grant_type=authorization_code", "client_id={public}", "code={code}", "redirect_uri={redirect}", "code_verifier={verifier}", "resource={resource}");

    /// <summary>The client with a secret redeems a code, its credentials in the header.</summary>
    public static readonly Start RedeemWithSecret = new(
        false, "{secret}", "Basic {secret_basic}", "grant_type=authorization_code", "code={code}", "redirect_uri={redirect}", "code_verifier={verifier}", "resource={resource}");

    /// <summary>The public client refreshes.</summary>
    public static readonly Start Refresh = new(false, "{public}", null, "grant_type=refresh_token", "client_id={public}", "refresh_token={refresh}");

    /// <summary>The client with a secret refreshes.</summary>
    public static readonly Start RefreshWithSecret = new(false, "{secret}", "Basic {secret_basic}", "grant_type=refresh_token", "refresh_token={refresh}");

    /// <summary>The client that acts for itself asks for a token.</summary>
    public static readonly Start Machine = new(false, "{machine}", "Basic {machine_basic}", "grant_type=client_credentials", "scope=notes:read", "resource={resource}");
}

/// <summary>One row of the table.</summary>
/// <param name="Name">As the list of differences names it.</param>
/// <param name="Changes">
/// What is done to the start, in order: <c>-name</c> takes a parameter away, <c>name=value</c> gives it another value or adds it, <c>+name=value</c> adds it once more,
/// <c>?name=value</c> adds it to the address, <c>@Header: value</c> sets a header (without value: takes it away), <c>!METHOD</c> uses another method, <c>raw:…</c> is sent in
/// place of all parameters, <c>twice</c>: the request is sent before, too, and the second answer counts. <c>{…}</c> stands for what only the run knows.
/// </param>
internal sealed record Request(string Name, Start Start, params string[] Changes)
{
    /// <summary>The request as it is sent.</summary>
    /// <param name="known">Finds what stands for <c>{name}</c>.</param>
    public async Task<SentRequest> FillAsync(Func<string, Task<string>> known)
    {
        var sent = new SentRequest(Start.AsksPerson ? HttpMethod.Get : HttpMethod.Post);
        foreach (var parameter in Start.Parameters)
        {
            sent.Add(await FilledAsync(parameter, known));
        }

        if (Start.Authorization is { } authorization)
        {
            sent.Headers["Authorization"] = await FilledAsync(authorization, known);
        }

        foreach (var change in Changes)
        {
            sent.Change(await FilledAsync(change, known));
        }

        return sent;
    }

    private static async Task<string> FilledAsync(string text, Func<string, Task<string>> known)
    {
        var filled = new StringBuilder();
        var rest = text;
        for (var from = rest.IndexOf('{', StringComparison.Ordinal); from >= 0; from = rest.IndexOf('{', StringComparison.Ordinal))
        {
            var to = rest.IndexOf('}', from);
            filled.Append(rest, 0, from).Append(await known(rest[(from + 1)..to]));
            rest = rest[(to + 1)..];
        }

        return filled.Append(rest).ToString();
    }
}

/// <summary>A request with everything filled in.</summary>
internal sealed class SentRequest(HttpMethod method)
{
    private readonly List<KeyValuePair<string, string>> parameters = [];
    private string? raw;
    private string query = "";

    public HttpMethod Method { get; private set; } = method;

    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The same request goes out before this one.</summary>
    public bool IsSecond { get; private set; }

    public void Add(string parameter) => parameters.Add(Split(parameter));

    public void Change(string change)
    {
        switch (change)
        {
            case "twice":
                IsSecond = true;
                break;
            case ['-', .. var name]:
                parameters.RemoveAll(parameter => parameter.Key == name);
                break;
            case ['+', .. var added]:
                Add(added);
                break;
            case ['?', .. var added]:
                query = "?" + Encoded([Split(added)]);
                break;
            case ['!', .. var verb]:
                Method = new HttpMethod(verb);
                break;
            case ['@', .. var header]:
                var parts = header.Split(": ", 2);
                Headers[parts[0].TrimEnd(':')] = parts.Length > 1 ? parts[1] : "";
                break;
            case ['r', 'a', 'w', ':', .. var given]:
                raw = given;
                break;
            default:
                var replaced = Split(change);
                var at = parameters.FindIndex(parameter => parameter.Key == replaced.Key);
                parameters.RemoveAll(parameter => parameter.Key == replaced.Key);
                parameters.Insert(at < 0 ? parameters.Count : at, replaced);
                break;
        }
    }

    public HttpRequestMessage To(string address)
    {
        var text = raw ?? Encoded(parameters);
        var hasBody = Method != HttpMethod.Get && Method != HttpMethod.Head;
        var message = new HttpRequestMessage(Method, hasBody ? address + query : $"{address}?{text}");
        if (hasBody)
        {
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
            if (Headers.GetValueOrDefault("Content-Type", "application/x-www-form-urlencoded") is { Length: > 0 } type)
            {
                message.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            }
        }

        foreach (var (name, value) in Headers.Where(header => header.Value.Length > 0 && !header.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)))
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    private static KeyValuePair<string, string> Split(string parameter)
    {
        var parts = parameter.Split('=', 2);
        return new(parts[0], parts[1]);
    }

    private static string Encoded(IEnumerable<KeyValuePair<string, string>> pairs) =>
        string.Join('&', pairs.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"));
}
