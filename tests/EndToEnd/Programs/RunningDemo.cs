using Latchkey.Testing;

namespace EndToEnd.Programs;

/// <summary>Latchkey, AcmeApp and NotesMcp as real processes, started once for all tests of a collection.</summary>
public abstract class RunningDemo : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> parts = [];

    /// <summary>Latchkey's base URL.</summary>
    public string BaseUrl { get; private set; } = "";

    /// <summary>The URL of AcmeApp. For the browser it is another site than Latchkey.</summary>
    public string AcmeUrl { get; private set; } = "";

    /// <summary>The URL of NotesMcp, which is its resource URI.</summary>
    public string NotesUrl { get; private set; } = "";

    /// <summary>The resource whose URI is <see cref="NotesUrl"/>.</summary>
    internal Resource Notes { get; private set; } = null!;

    internal Operator Operator { get; private set; } = null!;

    /// <summary>An owner of the dashboard, created with the set-up link of the first start.</summary>
    internal DashboardAccount Owner { get; private set; } = null!;

    private protected abstract string Name { get; }

    private protected abstract Task<string?> StorageAsync();

    public async ValueTask InitializeAsync()
    {
        var demo = DemoProgram.Start("up", Name, await StorageAsync());
        parts.Add(demo);
        await demo.ReadyAsync();
        BaseUrl = $"http://localhost:{demo.Ports[0]}";
        AcmeUrl = $"http://127.0.0.1:{demo.Ports[1]}";
        NotesUrl = $"http://localhost:{demo.Ports[2]}/mcp";
        Operator = await Operator.SignInAsync(BaseUrl, demo.State);
        parts.Add(Operator);
        Owner = await DashboardAccount.SetUpAsync(BaseUrl, demo.State);
        Notes = await Operator.FindResourceAsync(NotesUrl);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in parts.AsEnumerable().Reverse())
        {
            await part.DisposeAsync();
        }
    }
}

[CollectionDefinition]
public sealed class DemoOnSqlite : RunningDemo, ICollectionFixture<DemoOnSqlite>
{
    private protected override string Name => "sqlite";

    private protected override Task<string?> StorageAsync() => Task.FromResult<string?>(null);
}

/// <summary>A second one, whose tests run at the same time as those of the first.</summary>
[CollectionDefinition]
public sealed class SecondDemoOnSqlite : RunningDemo, ICollectionFixture<SecondDemoOnSqlite>
{
    private protected override string Name => "sqlite-second";

    private protected override Task<string?> StorageAsync() => Task.FromResult<string?>(null);
}

[CollectionDefinition]
public sealed class DemoOnPostgres : RunningDemo, ICollectionFixture<DemoOnPostgres>
{
    private protected override string Name => "postgres";

    private protected override async Task<string?> StorageAsync() =>
        "postgres:" + await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
}
