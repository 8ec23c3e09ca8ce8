using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using CsCheck;
using Latchkey.Server.Http;
using Latchkey.Server.OAuth;
using Microsoft.AspNetCore.Http;

namespace Fuzz.Properties;

public sealed class JSON_body_parsing
{
    private const int MaxLength = 4_000;
    private const int MaxDepth = 8;

    private static readonly Gen<string> Name = Gen.OneOf("name", "number", "flag", "when", "list", "Name", "", "é", "\u0000");
    private static readonly Gen<string> Scalar = Gen.OneOf<string>(
        Gen.OneOf(
            "null", "true", "false", "0", "-1", "1.5", "1e400", "123456789012345678901234567890", "\"\"", "\"x\"", "\"\\u0000\"",
            "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"12\"", "\"2026-07-28T12:00:00Z\"", "\"9999-12-31T23:59:59-14:00\"", "NaN", "01", "'x'"),
        Texts.Any.Where(text => Utf8.IsValid(Encoding.UTF8.GetBytes(text)) && !text.Any(char.IsSurrogate))
            .Select(text => JsonSerializer.Serialize(text)));
    private static readonly Gen<string> Value = Gen.Recursive<string>((depth, inner) => depth > MaxDepth + 2 ? Scalar : Gen.Frequency(
        (4, Scalar),
        (1, inner.Array[0, 3].Select(entries => $"[{string.Join(',', entries)}]")),
        (1, Gen.Select(Name, inner).Array[0, 3].Select(ObjectOf))));
    private static readonly Gen<string> Body = Gen.Select(Name, Value).Array[0, 6].Select(ObjectOf);

    [Fact]
    public void A_body_is_parsed_exactly_if_it_is_valid_JSON() => Gen.OneOf<string>(Texts.Nearly(Body), Texts.Nearly(Value))
        .Select(Encoding.UTF8.GetBytes).Sample(Check, iter: RunOptions.Properties);

    [Fact]
    public void A_body_of_arbitrary_bytes_is_parsed_or_refused() =>
        Gen.Select(Texts.Nearly(Body).Select(Encoding.UTF8.GetBytes), Gen.Int[0, 2_000], Gen.Byte, (body, at, what) =>
        {
            if (body.Length > 0)
            {
                body[at % body.Length] = what;
            }

            return body;
        }).Sample(Check, iter: RunOptions.Properties);

    [Fact]
    public void A_body_that_is_too_long_or_too_deep_is_refused() => Gen.Select(Gen.Int[0, MaxLength * 2], Gen.Int[1, MaxDepth * 2]).Sample(
        (length, depth) =>
        {
            var text = $"{new string('[', depth)}\"{new string('x', length)}\"{new string(']', depth)}";
            Assert.Equal(
                text.Length > MaxLength ? typeof(StrictJson.TooLarge)
                : depth > MaxDepth ? typeof(StrictJson.Broken)
                : typeof(StrictJson.Value),
                Read(Encoding.UTF8.GetBytes(text)).GetType());
        },
        iter: RunOptions.Properties / 10);

    [Fact]
    public void Each_unknown_or_repeated_member_is_reported() => Body.Sample(
        text =>
        {
            if (Read(Encoding.UTF8.GetBytes(text)) is StrictJson.Value { Root: var root })
            {
                var body = JsonBody.Of(root);
                _ = body.Text("name", 10);
                string[] names = [.. root.EnumerateObject().Select(m => m.Name)];
                Assert.Equal(names.Distinct(StringComparer.Ordinal).Where(n => n != "name").Order(StringComparer.Ordinal), body.Unknown);
                var errors = body.Validate()?.Errors?.Keys ?? [];
                Assert.Superset(
                    body.Unknown.Concat(names.GroupBy(n => n, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key))
                        .ToHashSet(StringComparer.Ordinal),
                    errors.ToHashSet(StringComparer.Ordinal));
            }
        },
        iter: RunOptions.Properties);

    [Fact]
    public void A_member_of_the_wrong_type_is_reported_by_its_name() => Value.Sample(
        text =>
        {
            if (Read(Encoding.UTF8.GetBytes($"{{\"member\":{text}}}")) is not StrictJson.Value { Root: var root })
            {
                return;
            }

            var value = root.GetProperty("member");
            var isNull = value.ValueKind == JsonValueKind.Null;
            Ask(root, body => body.Text("member", 10), isNull || (value.ValueKind == JsonValueKind.String
                && value.GetString() is { Length: <= 10 } s && !s.Contains('\0', StringComparison.Ordinal)));
            Ask(
                root,
                body => body.Name("member", 10),
                isNull || (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: <= 10 } n && !n.Any(char.IsControl)));
            Ask(root, body => body.YesNo("member"), isNull || value.ValueKind is JsonValueKind.True or JsonValueKind.False);
            Ask(root, body => body.Texts("member", 2, 10), isNull || (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= 2
                && value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String && e.GetString()!.Length <= 10)));
            Ask(
                root,
                body => body.Element("member", JsonValueKind.Object, "must be an object"),
                isNull || value.ValueKind == JsonValueKind.Object);
            var number = JsonBody.Of(root);
            Assert.True(number.Number("member", -1, 12) is null or (>= -1 and <= 12));
            _ = JsonBody.Of(root).Time("member");
        },
        iter: RunOptions.Properties);

    private static void Ask<T>(JsonElement root, Func<JsonBody, T> read, bool isValid)
    {
        var body = JsonBody.Of(root);
        _ = read(body);
        Assert.True(isValid == body.Validate() is null, root.ToString());
    }

    private static void Check(byte[] body)
    {
        var read = Read(body);
        Assert.Equal(IsJsonOfText(body), read is StrictJson.Value);
        if (read is StrictJson.Broken broken)
        {
            Assert.DoesNotContain(broken.What, character => character is < ' ' or > '~');
        }
    }

    /// <summary>Checks with the library's streaming parser, which reads every value.</summary>
    private static bool IsJsonOfText(byte[] body)
    {
        try
        {
            if (body.Length > MaxLength || !Utf8.IsValid(body))
            {
                return false;
            }

            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                {
                    _ = reader.GetString();
                }
            }

            return true;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static StrictJson Read(byte[] body)
    {
        var http = new DefaultHttpContext();
        http.Request.Body = new MemoryStream(body);
        return StrictJson.ReadAsync(http.Request, MaxLength, MaxDepth, CancellationToken.None).GetAwaiter().GetResult();
    }

    private static string ObjectOf((string Name, string Value)[] members) =>
        $"{{{string.Join(',', members.Select(m => $"{JsonValue.Create(m.Name).ToJsonString()}:{m.Value}"))}}}";
}
