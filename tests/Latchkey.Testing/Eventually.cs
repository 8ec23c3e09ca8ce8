using System.Diagnostics;

namespace Latchkey.Testing;

/// <summary>Waits for an event that a test expects, however slow the machine is.</summary>
public static class Eventually
{
    /// <summary>Much longer than any expected event takes, also on a machine that is busy with other work.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Evaluates the condition until it is true.</summary>
    /// <exception cref="TimeoutException">It is still false after <see cref="MaxWait"/>.</exception>
    public static Task TrueAsync(Func<bool> condition, string failure) => TrueAsync(() => Task.FromResult(condition()), failure);

    /// <summary>Evaluates the condition until it is true.</summary>
    /// <exception cref="TimeoutException">It is still false after <see cref="MaxWait"/>.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, string failure)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            if (waited.Elapsed > MaxWait)
            {
                throw new TimeoutException($"{failure} ({MaxWait.TotalSeconds} s)");
            }

            await Task.Delay(Pause);
        }
    }

    /// <summary>Repeats a step that fails with <typeparamref name="T"/> until it succeeds. The last failure is thrown.</summary>
    public static async Task<TResult> SucceedsAsync<T, TResult>(Func<Task<TResult>> step)
        where T : Exception
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return await step();
            }
            catch (T) when (waited.Elapsed < MaxWait)
            {
                await Task.Delay(Pause);
            }
        }
    }
}
