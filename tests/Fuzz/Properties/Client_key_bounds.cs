using System.Buffers.Text;
using System.Diagnostics;
using System.Numerics;
using System.Text.Json;
using CsCheck;
using Latchkey.Server.Credentials;

namespace Fuzz.Properties;

/// <summary>Random key sets against the bounds: what is usable can be verified cheaply, and what is refused is never used.</summary>
public sealed class Client_key_bounds
{
    private static readonly Gen<byte[]> Modulus = Gen.Select(
        Gen.Frequency((4, Gen.Int[1, 64]), (6, Gen.Int[250, 262]), (6, Gen.Int[506, 518]), (1, Gen.Int[519, 1100])), Gen.Byte, Gen.Byte,
        (length, top, fill) =>
        {
            var bytes = new byte[length];
            bytes.AsSpan().Fill((byte)(fill | 1));
            bytes[0] = top;
            return bytes;
        });

    private static readonly Gen<byte[]> Exponent = Gen.OneOf<byte[]>(
        Gen.Const(new byte[] { 1, 0, 1 }), Gen.Byte.Array[0, 6], Gen.Byte.Array[200, 400], Gen.Const(new byte[] { 0, 1, 0, 1 }));

    private static readonly Gen<(string Json, bool IsInBounds)> Rsa = Gen.Select(Modulus, Exponent, (n, e) =>
    {
        var bits = n[0] == 0 ? 0 : (int)new BigInteger(n, isUnsigned: true, isBigEndian: true).GetBitLength();
        return (
            $"{{\"kty\":\"RSA\",\"n\":\"{Base64Url.EncodeToString(n)}\",\"e\":\"{Base64Url.EncodeToString(e)}\"}}",
            bits is >= 2048 and <= 4096 && e is [1, 0, 1]);
    });

    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(1);

    [Fact]
    public void An_RSA_key_is_usable_exactly_within_the_bounds() => Rsa.Sample(
        key =>
        {
            var set = Set(key.Json);
            Assert.Equal(key.IsInBounds, ClientKeys.Validate(set) is null);
            Assert.Equal(key.IsInBounds ? 1 : 0, ClientKeys.Usable(set).Count);
        },
        iter: RunOptions.Properties / 10);

    [Fact]
    public void A_usable_key_of_any_set_verifies_within_milliseconds() => Gen.Select(Rsa.Array[0, 14], Gen.Byte.Array[0, 600]).Sample(
        (keys, signature) =>
        {
            var usable = ClientKeys.Usable(Set([.. keys.Select(k => k.Json)]));
            Assert.Equal(keys.Length > ClientKeys.MaxKeys ? 0 : keys.Count(k => k.IsInBounds), usable.Count);
            foreach (var key in usable.Take(1))
            {
                // A busy machine delays single verifications; a key that is too large delays all of them.
                Assert.True(
                    Enumerable.Range(0, 10).Any(_ => TimeOf(() => Assert.False(key.Verify("RS256", "x"u8, signature))) < MaxTime),
                    "a verification took a second");
            }
        },
        iter: RunOptions.Properties / 100);

    [Fact]
    public void Any_JSON_is_read_or_refused_and_never_throws() => Texts.Nearly(Rsa.Array[0, 3].Select(keys =>
        $"{{\"keys\":[{string.Join(',', keys.Select(k => k.Json))}]}}")).Sample(
        text => Assert.InRange(ClientKeys.Usable(text).Count, 0, ClientKeys.MaxKeys),
        iter: RunOptions.Properties / 10);

    private static TimeSpan TimeOf(Action verification)
    {
        var began = Stopwatch.GetTimestamp();
        verification();
        return Stopwatch.GetElapsedTime(began);
    }

    private static JsonElement Set(params string[] keys) =>
        JsonSerializer.Deserialize<JsonElement>($"{{\"keys\":[{string.Join(',', keys)}]}}");
}
