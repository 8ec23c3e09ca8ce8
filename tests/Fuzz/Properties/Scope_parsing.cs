using CsCheck;
using Latchkey.Server.OAuth;
using Latchkey.Server.Tests;

namespace Fuzz.Properties;

public sealed class Scope_parsing
{
    private static readonly Gen<string> Token = Gen.OneOf(
        "notes:read", "notes:write", "notes:READ", "openid", "profile", "email", "offline_access", "a", "!", "~", "[x]");
    private static readonly Gen<string[]> Tokens = Token.Array[0, 6];

    [Fact]
    public void A_scope_round_trips_through_its_text() => Tokens.Sample(
        tokens =>
        {
            var scope = Scope.Of(tokens);
            Assert.Equal(tokens.Distinct(StringComparer.Ordinal), scope);
            Assert.Equal(scope, Scope.Parse(scope.ToString()));
            Assert.Equal(scope.Count, scope.ToHashSet(StringComparer.Ordinal).Count);
        },
        iter: RunOptions.Properties);

    [Fact]
    public void A_scope_is_an_ordered_set() => Gen.Select(Tokens, Tokens).Sample(
        (one, other) =>
        {
            var (a, b) = (Scope.Of(one), Scope.Of(other));
            Assert.Equal(one.Intersect(other, StringComparer.Ordinal), a.And(b));
            Assert.Equal(one.Union(other, StringComparer.Ordinal), a.Plus(b));
            Assert.Equal(one.All(token => other.Contains(token, StringComparer.Ordinal)), a.IsWithin(b));
            Assert.True(a.And(b).IsWithin(a) && a.And(b).IsWithin(b) && a.IsWithin(a.Plus(b)) && b.IsWithin(a.Plus(b)));
            Assert.Equal(a, a.Plus(a));
            Assert.Equal(a, a.Plus(Scope.Empty));
            Assert.Empty(a.And(Scope.Empty));
            Assert.All(other, token => Assert.Equal(one.Contains(token, StringComparer.Ordinal), a.Contains(token)));
        },
        iter: RunOptions.Properties);

    [Fact]
    public void A_scope_of_any_text_has_no_empty_or_repeated_tokens() => Gen.OneOf<string>(
        Texts.Any, Texts.Nearly(Gen.Select(Token, Gen.OneOf(" ", "  ", "\t")).Array[0, 6].Select(parts =>
            string.Concat(parts.Select(p => p.Item1 + p.Item2))))).Sample(
            text =>
            {
                var scope = Scope.Parse(text);
                Assert.DoesNotContain(scope, token => token.Length == 0 || token.Contains(' ', StringComparison.Ordinal));
                Assert.Equal(scope.Count, scope.ToHashSet(StringComparer.Ordinal).Count);
                Assert.Equal(scope, Scope.Parse(scope.ToString()));
            },
            iter: RunOptions.Properties);

    [Fact]
    [Spec("OAuth 2.1 §1.4.1", "scope-characters")]
    public void A_scope_token_is_printable_ASCII_without_space_quote_and_backslash() => Texts.Nearly(Token).Sample(
        text => Assert.Equal(
            text.Length is > 0 and <= 128 && text.All(c => c is >= '\x21' and <= '\x7e' and not '"' and not '\\'),
            Scope.IsToken(text)),
        iter: RunOptions.Properties);
}
