namespace Latchkey.Server.Storage;

/// <summary>One kind of rows that expire. Each store registers its own; <see cref="Cleanup"/> runs them all.</summary>
/// <param name="Rows">What is deleted, for logs and metrics: the table, or a kind of its rows.</param>
/// <param name="DeleteAsync">Deletes one batch of the rows that have expired at a time, and returns their number.</param>
internal sealed record Sweep(string Rows, Func<DateTimeOffset, CancellationToken, Task<int>> DeleteAsync)
{
    public static void Add<TStore>(
        IServiceCollection services, string rows, Func<TStore, DateTimeOffset, CancellationToken, Task<int>> deleteAsync)
        where TStore : notnull =>
        services.AddSingleton(provider => new Sweep(rows, (now, stop) => deleteAsync(provider.GetRequiredService<TStore>(), now, stop)));
}
