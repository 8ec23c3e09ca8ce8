using System.Text;

namespace Clients.Differences;

/// <summary>A request that both servers accept; each row of the table changes one of these.</summary>
/// <param name="IsAuthorization">Whether it is an authorization request (GET) or a token request (POST).</param>
/// <param name="ClientId">The client for which codes and refresh tokens are created.</param>
/// <param name="Authorization">The header, or null.</param>
/// <param name="Parameters">As <c>name=value</c>.</param>
internal sealed record ValidRequest(bool IsAuthorization, string ClientId, string? Authorization, params string[] Parameters)
{
    /// <summary>An authorization request of the public client.</summary>
    public static readonly ValidRequest Authorize = new(
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
    public static readonly ValidRequest Redeem = new(
        false, "{public}", null, "grant_type=authorization_code", "client_id={public}", "code={code}", "redirect_uri={redirect}",
        "code_verifier={verifier}", "resource={resource}");

    /// <summary>The client with a secret redeems a code, with its credentials in the header.</summary>
    public static readonly ValidRequest RedeemWithSecret = new(
        false, "{secret}", "Basic {secret_basic}", "grant_type=authorization_code", "code={code}", "redirect_uri={redirect}",
        "code_verifier={verifier}", "resource={resource}");

    /// <summary>The public client refreshes.</summary>
    public static readonly ValidRequest Refresh = new(
        false, "{public}", null, "grant_type=refresh_token", "client_id={public}", "refresh_token={refresh}");

    /// <summary>The client with a secret refreshes.</summary>
    public static readonly ValidRequest RefreshWithSecret = new(
        false, "{secret}", "Basic {secret_basic}", "grant_type=refresh_token", "refresh_token={refresh}");

    /// <summary>The client requests a token for itself (client credentials).</summary>
    public static readonly ValidRequest Machine = new(
        false, "{machine}", "Basic {machine_basic}", "grant_type=client_credentials", "scope=notes:read", "resource={resource}");
}

/// <summary>One row of the table.</summary>
/// <param name="Name">The name in the list of differences.</param>
/// <param name="Changes">
/// The changes of the valid request, in order: <c>-name</c> removes a parameter, <c>name=value</c> replaces or adds it, <c>+name=value</c>
/// repeats it, <c>?name=value</c> adds it to the URL, <c>@Header: value</c> sets a header or without a value removes it, <c>!METHOD</c>
/// changes the method, <c>raw:…</c> replaces all parameters, <c>twice</c> sends the request twice and compares the second response.
/// <c>{…}</c> is a placeholder for a value of the test run.
/// </param>
internal sealed record RequestCase(string Name, ValidRequest Base, params string[] Changes)
{
    /// <summary>Builds the request.</summary>
    /// <param name="valueOf">Returns the value of a placeholder <c>{name}</c>.</param>
    public async Task<SentRequest> FillAsync(Func<string, Task<string>> valueOf)
    {
        var sent = new SentRequest(Base.IsAuthorization ? HttpMethod.Get : HttpMethod.Post);
        foreach (var parameter in Base.Parameters)
        {
            sent.Add(await FilledAsync(parameter, valueOf));
        }

        if (Base.Authorization is { } authorization)
        {
            sent.Headers["Authorization"] = await FilledAsync(authorization, valueOf);
        }

        foreach (var change in Changes)
        {
            sent.Change(await FilledAsync(change, valueOf));
        }

        return sent;
    }

    private static async Task<string> FilledAsync(string text, Func<string, Task<string>> valueOf)
    {
        var filled = new StringBuilder();
        var rest = text;
        for (var from = rest.IndexOf('{', StringComparison.Ordinal); from >= 0; from = rest.IndexOf('{', StringComparison.Ordinal))
        {
            var to = rest.IndexOf('}', from);
            filled.Append(rest, 0, from).Append(await valueOf(rest[(from + 1)..to]));
            rest = rest[(to + 1)..];
        }

        return filled.Append(rest).ToString();
    }
}

/// <summary>A request with all placeholders replaced.</summary>
internal sealed class SentRequest(HttpMethod method)
{
    private readonly List<KeyValuePair<string, string>> parameters = [];
    private string? raw;
    private string query = "";

    public HttpMethod Method { get; private set; } = method;

    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the same request is sent once before.</summary>
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

        foreach (var (name, value) in Headers.Where(
            header => header.Value.Length > 0 && !header.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)))
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
