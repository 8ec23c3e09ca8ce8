using Latchkey.Server.Limits;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.Limits;

public sealed class Token_buckets
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly OffsetTimeProvider clock = new();

    public Token_buckets() => clock.StandStill();

    [Fact]
    public void A_bucket_starts_full_and_refills_evenly()
    {
        var buckets = new TokenBuckets(60, Period);
        Assert.Equal(60, Taken(buckets, Key(1), 100));
        clock.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(7, Taken(buckets, Key(1), 100));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(60, Taken(buckets, Key(1), 100));
    }

    [Fact]
    public void A_factor_multiplies_the_allowance() => Assert.Equal(300, Taken(new TokenBuckets(3, Period), Key(1), 1_000, factor: 100));

    [Fact]
    public void A_refusal_has_the_time_until_the_next_token()
    {
        var buckets = new TokenBuckets(60, Period);
        Taken(buckets, Key(1), 60);
        clock.Advance(TimeSpan.FromMilliseconds(250));
        var wait = buckets.Take(Key(1), clock.GetUtcNow())!.RetryAfter;
        Assert.Equal(TimeSpan.FromMilliseconds(750), wait);
        clock.Advance(wait - TimeSpan.FromTicks(1));
        Assert.NotNull(buckets.Take(Key(1), clock.GetUtcNow()));
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Null(buckets.Take(Key(1), clock.GetUtcNow()));
    }

    [Fact]
    public void A_token_that_was_given_back_can_be_taken_again()
    {
        var buckets = new TokenBuckets(3, Period);
        for (var i = 0; i < 10; i++)
        {
            Assert.Null(buckets.Take(Key(1), clock.GetUtcNow()));
            buckets.GiveBack(Key(1));
        }

        Assert.Equal(3, Taken(buckets, Key(1), 10));
    }

    /// <summary>Evicting an empty bucket by a flood of addresses would give an attacker a full one.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_flood_of_keys_evicts_the_fullest_buckets_before_an_empty_one(int takenByEach)
    {
        const int MaxKeys = 1_000;
        var buckets = new TokenBuckets(3, Period, MaxKeys);
        Taken(buckets, Key(0), 3);
        for (var other = 1; other <= 20 * MaxKeys; other++)
        {
            Taken(buckets, Key(other), takenByEach);
            Assert.InRange(buckets.Count, 1, MaxKeys);
        }

        Assert.NotNull(buckets.Take(Key(0), clock.GetUtcNow()));
    }

    [Fact]
    public void Full_buckets_are_evicted_first()
    {
        const int MaxKeys = 1_000;
        var buckets = new TokenBuckets(3, Period, MaxKeys);
        for (var old = 0; old < MaxKeys - 10; old++)
        {
            Taken(buckets, Key(old), 1);
        }

        clock.Advance(Period);
        for (var recent = 0; recent < 11; recent++)
        {
            Taken(buckets, Key(MaxKeys + recent), 1);
        }

        Assert.Equal(11, buckets.Count);
    }

    [Fact]
    public void A_clock_that_is_set_back_refuses_for_at_most_one_period()
    {
        var buckets = new TokenBuckets(60, Period);
        clock.Advance(TimeSpan.FromDays(1));
        Taken(buckets, Key(1), 60);
        clock.Advance(TimeSpan.FromDays(-1));
        Assert.InRange(buckets.Take(Key(1), clock.GetUtcNow())!.RetryAfter, TimeSpan.FromTicks(1), Period);
        clock.Advance(Period);
        Assert.InRange(Taken(buckets, Key(1), 100), 59, 60);
    }

    [Fact]
    public void All_refusals_of_a_key_within_a_period_have_one_reference()
    {
        var buckets = new TokenBuckets(60, Period);
        Taken(buckets, Key(1), 60);
        Taken(buckets, Key(2), 60);
        var first = buckets.Take(Key(1), clock.GetUtcNow())!;
        clock.Advance(TimeSpan.FromSeconds(1));
        Taken(buckets, Key(1), 1);
        var second = buckets.Take(Key(1), clock.GetUtcNow())!;
        Assert.Equal((true, false, first.Refusal), (first.IsFirst, second.IsFirst, second.Refusal));
        Assert.NotEqual(first.Refusal, buckets.Take(Key(2), clock.GetUtcNow())?.Refusal);

        clock.Advance(Period - TimeSpan.FromSeconds(1));
        Taken(buckets, Key(1), 59);
        var later = buckets.Take(Key(1), clock.GetUtcNow())!;
        Assert.True(later.IsFirst);
        Assert.NotEqual(first.Refusal, later.Refusal);
    }

    /// <summary>Every authorization request takes a token, so taking one must not cause garbage collections.</summary>
    [Fact]
    public void Taking_a_token_allocates_nothing()
    {
        var buckets = new TokenBuckets(1_000_000, Period);
        Taken(buckets, Key(1), 1_000);
        var now = clock.GetUtcNow();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            buckets.Take(Key(1), now);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static BucketKey Key(int number) => new((UInt128)number << 64, Subject: 0);

    private int Taken(TokenBuckets buckets, BucketKey key, int times, int factor = 1)
    {
        var taken = 0;
        for (var i = 0; i < times; i++)
        {
            taken += buckets.Take(key, clock.GetUtcNow(), factor) is null ? 1 : 0;
        }

        return taken;
    }
}
