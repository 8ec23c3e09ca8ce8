using Latchkey.Server.Crypto;

namespace Latchkey.Server.Tests.Keys;

public sealed class Key_encryption
{
    [Fact]
    public void Concurrent_encryption_and_decryption_returns_the_key()
    {
        using var seal = new Seal(new byte[Seal.KeyLength]);
        var clear = Enumerable.Range(0, 1200).Select(i => (byte)i).ToArray();
        Parallel.For(0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            Assert.Equal(clear, seal.Open("key_1", "RS256", seal.Close("key_1", "RS256", clear))));
    }

    [Theory]
    [InlineData("key_2", "RS256")]
    [InlineData("key_1", "ES256")]
    public void A_key_is_decrypted_only_under_its_own_ID_and_purpose(string id, string purpose)
    {
        using var seal = new Seal(new byte[Seal.KeyLength]);
        Assert.Null(seal.Open(id, purpose, seal.Close("key_1", "RS256", [1, 2, 3])));
    }
}
