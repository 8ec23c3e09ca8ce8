using System.Buffers.Text;
using System.Text;
using CsCheck;
using Latchkey.Server.Clients;

namespace Fuzz.Properties;

public sealed class Client_assertion_parsing
{
    private static readonly Gen<string> Header = Texts.Nearly(Gen.OneOf(
        """{"alg":"ES256","kid":"a"}""", """{"alg":"RS256"}""", """{"alg":"RS256","alg":"ES256"}""", """{"alg":"RS256","crit":["exp"]}""",
        """{"alg":7}""", "[]", "{}"));

    private static readonly Gen<string> Claims = Texts.Nearly(Gen.OneOf(
        """{"iss":"a","sub":"a","aud":"https://x.example","exp":1,"jti":"j"}""", """{"sub":"a","aud":["b","c"],"exp":1e300,"nbf":"x"}""",
        """{"sub":"a","sub":"b"}""", """{"sub":["a"]}""", """{"sub":"a","aud":[1]}""", "{}"));

    [Fact]
    public void Any_text_is_an_assertion_with_algorithm_and_subject_or_refused() => Gen.Select(
        Header, Claims, Gen.Byte.Array[0, 70], Texts.Nearly(Gen.Const("."))).Sample(
        (header, claims, signature, dot) =>
        {
            var text = string.Join(dot, Encode(header), Encode(claims), Base64Url.EncodeToString(signature));
            if (AssertionJwt.Read(text) is { } read)
            {
                Assert.NotEmpty(read.Algorithm);
                Assert.NotEmpty(read.Subject);
                Assert.Equal(2, text.Count(c => c == '.'));
                Assert.Equal(text[..text.LastIndexOf('.')], Encoding.ASCII.GetString(read.Signed));
                Assert.Equal(header.Contains("\"crit\"", StringComparison.Ordinal), read.HasCriticalHeaders);
            }
        },
        iter: RunOptions.Properties);

    [Fact]
    public void An_arbitrary_text_never_throws() => Texts.Any.Sample(text => _ = AssertionJwt.Read(text), iter: RunOptions.Properties);

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
