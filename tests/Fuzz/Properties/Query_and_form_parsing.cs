using System.Text;
using System.Text.Unicode;
using CsCheck;
using Latchkey.Server.OAuth;
using Latchkey.Server.Tests;
using Microsoft.AspNetCore.Http;

namespace Fuzz.Properties;

public sealed class Query_and_form_parsing
{
    private static readonly Gen<string> Name = Gen.OneOf("client_id", "state", "scope", "resource", "%73tate", "State", "", "a+b", "%00");
    private static readonly Gen<string> Value = Gen.OneOf<string>(
        Gen.OneOf(
            "", "x", "a+b", "a%20b", "a%2Bb", "%C3%A9", "%c3", "%", "%zz", "%4", "%ED%A0%80", "%F0%9F%98%80", "=", "a=b", "%26", "%00",
            "+"),
        Gen.Char[' ', '~'].Array[0, 12].Select(characters => Uri.EscapeDataString(new string(characters))));
    private static readonly Gen<string> Pair = Gen.Select(
        Name, Gen.OneOf("=", ""), Value, (name, equals, value) => equals.Length == 0 ? name : name + equals + value);
    private static readonly Gen<string> Encoded = Pair.Array[0, 6].Select(pairs => string.Join('&', pairs));

    [Fact]
    [Spec("OAuth 2.1 §4.1.2", "state-returned")]
    public void IsText_tells_whether_the_bytes_are_UTF8() => Encoded.Sample(
        encoded => Assert.Equal(Utf8.IsValid(BytesOf(encoded)), RequestParameters.OfQuery(Request("?" + encoded)).IsText),
        iter: RunOptions.Properties);

    [Fact]
    [Spec("OAuth 2.1 §3.1", "no-parameter-twice")]
    public void Each_parameter_has_all_of_its_values_in_order() => Encoded.Sample(
        encoded =>
        {
            var read = RequestParameters.OfQuery(Request("?" + encoded));
            Assert.Equal(Flatten(Meaning(encoded)), Flatten(read));
            foreach (var name in Meaning(encoded).Select(p => p.Name).Distinct(StringComparer.Ordinal))
            {
                string[] values = [.. Meaning(encoded).Where(p => p.Name == name).Select(p => p.Value)];
                Assert.Equal(values[0], read[name]);
                Assert.Equal(values, read.All(name));
                Assert.Equal(values.Length > 1 ? name : null, read.Repeated(name));
            }
        },
        iter: RunOptions.Properties);

    [Fact]
    public void A_form_is_parsed_like_a_query() => Encoded.Sample(
        encoded =>
        {
            var read = RequestParameters.FormAsync(
                Request("", Encoding.ASCII.GetBytes(encoded), "application/x-www-form-urlencoded"), CancellationToken.None)
                .GetAwaiter().GetResult();
            Assert.Equal(BytesOf(encoded).Contains((byte)0), read is null);
            if (read is not null)
            {
                Assert.Equal(Flatten(Meaning(encoded)), Flatten(read));
                Assert.Equal(RequestParameters.OfQuery(Request("?" + encoded)).IsText, read.IsText);
            }
        },
        iter: RunOptions.Properties);

    [Fact]
    public void Arbitrary_bytes_are_parsed_as_a_form_or_refused() => Gen.Select(
        Gen.Byte.Array[0, 200],
        Gen.OneOf(
            "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-7",
            "application/x-www-form-urlencoded;charset=nope", "APPLICATION/X-WWW-FORM-URLENCODED", "application/x-www-form-urlencodedx",
            "multipart/form-data; boundary=x", "application/json", "", ";"))
        .Sample(
            (bytes, type) =>
            {
                var isForm = type.Split(';')[0].Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);
                var read = RequestParameters.FormAsync(Request("", bytes, type), CancellationToken.None).GetAwaiter().GetResult();
                Assert.Equal(isForm && !BytesOf(Encoding.Latin1.GetString(bytes)).Contains((byte)0), read is not null);
            },
            iter: RunOptions.Properties);

    /// <summary>An independent parser. A parameter without a value counts as omitted (RFC 6749 §3.1).</summary>
    private static List<(string Name, string Value)> Meaning(string encoded) =>
    [
        .. encoded.Split('&').Where(pair => pair.Contains('=', StringComparison.Ordinal)).Select(pair => pair.Split('=', 2))
            .Select(p => (Name: Decode(p[0]), Value: Decode(p[1]))).Where(p => p.Value.Length > 0),
    ];

    private static string Decode(string text) => Encoding.UTF8.GetString(BytesOf(text.Replace('+', ' ')));

    /// <param name="text">One character per byte.</param>
    private static byte[] BytesOf(string text)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && Uri.IsHexDigit(text[i + 1]) && Uri.IsHexDigit(text[i + 2]))
            {
                bytes.Add((byte)((Uri.FromHex(text[i + 1]) * 16) + Uri.FromHex(text[i + 2])));
                i += 2;
            }
            else
            {
                bytes.Add((byte)text[i]);
            }
        }

        return [.. bytes];
    }

    private static IEnumerable<string> Flatten(IEnumerable<(string Name, string Value)> pairs) =>
        pairs.Select(p => $"{p.Name}={p.Value}").Order(StringComparer.Ordinal);

    private static IEnumerable<string> Flatten(RequestParameters read) =>
        read.Everything.Select(p => $"{p.Key}={p.Value}").Order(StringComparer.Ordinal);

    private static HttpRequest Request(string query, byte[]? body = null, string? contentType = null)
    {
        var http = new DefaultHttpContext();
        http.Request.QueryString = new QueryString(query);
        http.Request.Method = "POST";
        http.Request.ContentType = contentType;
        http.Request.Body = new MemoryStream(body ?? []);
        return http.Request;
    }
}
