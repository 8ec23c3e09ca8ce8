using System.Collections.Concurrent;
using CsCheck;
using Latchkey.Server.OAuth;
using Latchkey.Server.Tests;

namespace Fuzz.Properties;

public sealed class Id_parsing
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly (string Prefix, Func<string?, bool> IsOne)[] Kinds =
    [
        (ResourceId.Prefix, text => ResourceId.Parse(text) is not null),
        (ConnectionId.Prefix, text => ConnectionId.Parse(text) is not null),
        (LoginRequestId.Prefix, text => LoginRequestId.Parse(text) is not null),
        (AuthorizationId.Prefix, text => AuthorizationId.Parse(text) is not null),
        (GrantId.Prefix, text => GrantId.Parse(text) is not null),
        (InitialAccessTokenId.Prefix, text => InitialAccessTokenId.Parse(text) is not null),
    ];

    private static readonly Gen<string> Prefixes = Gen.OneOf([
        .. Kinds.Select(kind => kind.Prefix), ClientId.Prefix, ApiClientId.Prefix, ConsentId.Prefix, TokenId.Prefix, ScopeId.Prefix,
        SecretId.Prefix]);

    [Fact]
    [Spec("OAuth 2.1 §7.7", "not-guessable")]
    public void An_id_has_a_prefix_and_22_characters_that_encode_128_bits()
    {
        var seen = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        Prefixes.Sample(
            prefix =>
            {
                var id = Ids.New(prefix);
                Assert.Equal(prefix.Length + 22, id.Length);
                Assert.InRange(id.Length, 1, 32);
                Assert.StartsWith(prefix, id, StringComparison.Ordinal);
                Assert.True(NumberOf(id[prefix.Length..]) <= UInt128.MaxValue, id);
                Assert.True(Ids.IsWellFormed(id, prefix));
                Assert.True(seen.TryAdd(id, true), $"{id} came twice");
            },
            iter: RunOptions.Properties);

        // Every character of the alphabet is the last one of some id; otherwise the encoding would be uneven.
        Assert.Superset(Alphabet.ToHashSet(), seen.Keys.Select(id => id[^1]).ToHashSet());
    }

    [Fact]
    public void An_id_is_parsed_as_its_own_kind_only() => Gen.Select(Prefixes, Texts.Nearly(Prefixes.Select(Ids.New))).Sample(
        (_, text) =>
        {
            foreach (var (prefix, isOne) in Kinds)
            {
                var expected = text.Length == prefix.Length + 22 && text.StartsWith(prefix, StringComparison.Ordinal)
                    && text[prefix.Length..].All(c => Alphabet.Contains(c, StringComparison.Ordinal));
                Assert.Equal(expected, isOne(text));
            }
        },
        iter: RunOptions.Properties);

    [Fact]
    public void An_id_round_trips_through_its_text() => Gen.OneOf("lri_").Sample(
        _ =>
        {
            var id = LoginRequestId.New();
            Assert.Equal(id, LoginRequestId.Parse(id.ToString()));
            Assert.Equal(id, LoginRequestId.FromRandom(id.Random));
            Assert.Equal("login request", Ids.KindOf(id.Value));
            Assert.Equal(id.Value, $"lri_{id.Random}");
        },
        iter: RunOptions.Properties);

    [Fact]
    public void Any_text_can_be_parsed_as_an_id_without_an_exception() => Gen.OneOf<string>(
        Texts.Any, Texts.Nearly(Prefixes.Select(Ids.New)),
        Gen.Select(Prefixes, Gen.OneOf($"{Alphabet}_-".ToCharArray()).Array[0, 40], (prefix, rest) => prefix + new string(rest))).Sample(
        text =>
        {
            Assert.All(Kinds, kind => Assert.True(!kind.IsOne(text) || Ids.KindOf(text) is not null, text));
            Assert.True(ApiClientId.Parse(text) is not { } api || (api.Value.Length <= 32 && Ids.KindOf(text) == "API client"), text);
            Assert.True(
                ClientId.Parse(text) is not { } client || client.DocumentUrl is null == text.StartsWith("m2m_", StringComparison.Ordinal),
                text);
        },
        iter: RunOptions.Properties);

    private static System.Numerics.BigInteger NumberOf(string digits) =>
        digits.Aggregate(
            System.Numerics.BigInteger.Zero, (number, digit) => (number * 62) + Alphabet.IndexOf(digit, StringComparison.Ordinal));
}
