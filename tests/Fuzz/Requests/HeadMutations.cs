using System.Text;

namespace Fuzz.Requests;

/// <summary>Mutations of the request line and the headers.</summary>
internal static class HeadMutations
{
    private static readonly string[] Methods =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "G T", "PRI", ""];

    private static readonly string[] Prefixes = ["res_", "conn_", "m2m_", "skc_", "lri_", "req_", "grt_", "usrcnst_"];

    private static readonly (string Name, string Value)[] Headers =
    [
        ("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "iframe"),
        ("Sec-Purpose", "prefetch"), ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "1.2.3.4"),
        ("Forwarded", "host=evil.example"), ("X-HTTP-Method-Override", "DELETE"), ("X-Original-URL", "/api/v1/resources"),
        ("Accept", "text/html"), ("Accept", "nonsense/;q=x"), ("Accept-Encoding", "gzip"), ("Accept-Language", "<svg/onload=lk(9)>"),
        ("If-None-Match", "*"), ("If-None-Match", "\"unclosed"), ("If-Match", "\"x\""), ("Range", "bytes=0-1"),
        ("Content-Encoding", "gzip"), ("Content-Language", "x"), ("Expect", "100-continue"), ("Expect", "miracles"),
        ("Connection", "close"), ("Connection", "keep-alive, Upgrade"), ("Upgrade", "h2c"), ("Upgrade", "websocket"),
        ("Transfer-Encoding", "gzip, chunked"), ("Transfer-Encoding", "identity"), ("Host", "evil.example"), ("Host", ""), ("Host", "a b"),
        ("Cookie", "lk-0000000000000000000000=x"), ("Cookie", "=; ==;;; a"), ("Cookie", "lk-=\""), ("DPoP", "x"),
        ("MCP-Protocol-Version", "2026-07-28"), ("Access-Control-Request-Method", "POST"), ("Content-Length", "0"),
        ("Content-Length", "-1"), ("Content-Length", "99999999999"),
        ("Authorization", "Basic"), ("Authorization", "Basic !"), ("Authorization", "Basic Og=="), ("Authorization", "Basic /////w=="),
        ("Authorization", "Bearer"), ("Authorization", "Bearer a,Bearer b"), ("Authorization", "Digest username=\"x\""),
        ("grpc-timeout", "1n"), ("grpc-encoding", "gzip"), ("traceparent", "00-x"),
    ];

    private static readonly string[] Types =
    [
        "application/json", "application/json; charset=utf-16", "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=utf-7", "application/x-www-form-urlencoded; charset=\"",
        "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "text/html", "application/xml", "application/grpc",
        "application/grpc+json", "application/grpc-web", "application/octet-stream", "*/*", "", ";", "application/json, text/html",
        "<svg/onload=lk(10)>",
    ];

    public static string? ChangeMethod(RequestDraft draft, SeededRandom random, TestData testData)
    {
        draft.Method = random.Pick(Methods);
        draft.IsElsewhere = true;
        return $"method {draft.Method}";
    }

    public static string? ChangePath(RequestDraft draft, SeededRandom random, TestData testData)
    {
        var path = draft.Path;
        var at = random.Below(path.Length + 1);
        draft.Path = random.Below(11) switch
        {
            0 => path + "/",
            1 => "/" + path,
            2 => path.Insert(at, "/"),
            3 => path.Insert(at, random.Pick(
                new[] { "/..", "/.", "/%2e%2e", "%2f", "%00", "%0d%0a", "%", "%zz", "%ff", ";a=b", ":", "\\", "\"", "<", "é", " ", "#" })),
            4 when at < path.Length => $"{path[..at]}%{(int)path[at]:x2}{path[(at + 1)..]}",
            5 => path.ToUpperInvariant(),
            6 when path.Contains('/') => path[..path.LastIndexOf('/')],
            7 => FieldMutations.Tweaked(path, random),
            8 => path + random.Pick(new[] { ":reject", ":revoke", ":register", "/user", "/clients", "/connections", ".json",
                "/" + Uri.EscapeDataString(random.Pick(HostileInput.Markers)) }),
            9 => "/" + string.Join('/', path.Split('/').Reverse()),
            _ => path + "/" + new string('x', 9_000),
        };
        draft.IsElsewhere = true;
        return $"path {Mutation.Shown(draft.Path)}";
    }

    /// <summary>Replaces an id by one of another kind, of another owner, or by an unknown one.</summary>
    public static string? ChangeId(RequestDraft draft, SeededRandom random, TestData testData)
    {
        var segments = draft.Path.Split('/');
        if (Enumerable.Range(0, segments.Length)
            .Where(i => Array.Exists(Prefixes, p => segments[i].StartsWith(p, StringComparison.Ordinal))).ToList()
            is not { Count: > 0 } ids)
        {
            return null;
        }

        var place = random.Pick(ids);
        var before = segments[place];
        var suffix = before.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0 ? before[colon..] : "";
        segments[place] = (random.Below(4) switch
        {
            0 => random.Pick(Prefixes) + before[(before.IndexOf('_', StringComparison.Ordinal) + 1)..],
            1 => FieldMutations.Tweaked(before, random),
            2 => Uri.EscapeDataString(HostileInput.Text(random, testData)),
            _ => Uri.EscapeDataString(random.Pick(testData.Words)),
        }) + suffix;
        draft.Path = string.Join('/', segments);
        draft.IsElsewhere = true;
        return $"{before} in the path became {Mutation.Shown(segments[place])}";
    }

    public static string? ChangeHeader(RequestDraft draft, SeededRandom random, TestData testData)
    {
        if (draft.Headers.Count == 0)
        {
            return null;
        }

        var at = random.Below(draft.Headers.Count);
        var before = draft.Headers[at];
        switch (random.Below(5))
        {
            case 0:
                draft.Headers.RemoveAt(at);
                return $"without the header {before.Name}";
            case 1:
                draft.Headers.Insert(at, before);
                return $"the header {before.Name} twice";
            case 2:
                draft.Headers[at] = before with { Value = OneLine(FieldMutations.Tweaked(before.Value, random)) };
                break;
            case 3:
                draft.Headers[at] = before with { Value = $"{before.Value.Split(' ')[0]} {OneLine(random.Pick(testData.Words))}" };
                break;
            default:
                draft.Headers[at] = before with { Value = OneLine(HostileInput.Text(random, testData)) };
                break;
        }

        return $"{before.Name}: {Mutation.Shown(draft.Headers[at].Value)}";
    }

    public static string? AddHeader(RequestDraft draft, SeededRandom random, TestData testData)
    {
        var (name, value) = random.Below(8) switch
        {
            0 => ("Authorization", $"Bearer {OneLine(random.Pick(testData.Words))}"),
            1 => ("Authorization",
                "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(
                    $"{random.Pick(testData.Words)}:{HostileInput.Text(random, testData)}"))),
            2 => ("Cookie", OneLine(random.Pick(testData.Words))),
            3 => (random.Pick(Headers).Name, OneLine(HostileInput.Text(random, testData))),
            4 => ($"X-{new string('h', random.Pick(new[] { 1, 100, 9_000 }))}",
                new string('v', random.Pick(new[] { 0, 1, 20_000, 70_000 }))),
            _ => random.Pick(Headers),
        };
        draft.Headers.Insert(random.Below(draft.Headers.Count + 1), new(name, value));
        return $"with {Mutation.Shown(name)}: {Mutation.Shown(value)}";
    }

    public static string? ChangeType(RequestDraft draft, SeededRandom random, TestData testData)
    {
        draft.Headers.RemoveAll(h => h.Name == "Content-Type");
        draft.Headers.Add(new("Content-Type", random.Pick(Types)));
        return $"Content-Type: {draft.Headers[^1].Value}";
    }

    public static string? EditBytes(RequestDraft draft, SeededRandom random, TestData testData)
    {
        // Rare, because the result is mostly refused before it is parsed.
        if (!random.OneIn(3))
        {
            return null;
        }

        var (what, where, with) = (random.Below(4), random.Below(10_000), (byte)random.Below(256));
        draft.HeadEdits.Add(bytes =>
        {
            if (bytes.Length == 0)
            {
                return bytes;
            }

            var at = where % bytes.Length;
            return what switch
            {
                0 => [.. bytes[..at], with, .. bytes[at..]],
                1 => [.. bytes[..at], .. bytes[(at + 1)..]],
                2 => [.. bytes[..at], with, .. bytes[(at + 1)..]],
                _ => bytes[..at],
            };
        });
        draft.IsElsewhere = true;
        return $"byte {where} of the head: mutation {what}, 0x{with:x2}";
    }

    /// <summary>Replaces line breaks, which would end the header. <see cref="EditBytes"/> inserts them.</summary>
    private static string OneLine(string text) => text.Replace('\r', ' ').Replace('\n', ' ');
}
