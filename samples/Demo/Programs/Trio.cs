using Demo.Provisioning;

namespace Demo.Programs;

/// <summary>Latchkey, AcmeApp and NotesMcp, running and ready; stopped when disposed.</summary>
internal sealed class Trio : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);
    private readonly StateDirectory directory;
    private readonly List<ChildProgram> programs = [];

    private Trio(StateDirectory directory) => this.directory = directory;

    /// <summary>Starts Latchkey, tells it about AcmeApp and NotesMcp, starts those. One line for each that is ready.</summary>
    public static async Task<Trio> StartAsync(DemoSettings settings, bool fresh, CancellationToken cancellationToken)
    {
        Ports.MustBeFree(settings);

        // The database stays when the state goes, and what it holds is sealed with this key.
        var sealedWith = fresh && settings.NeedsKeyEncryptionKey ? DemoState.Load(settings.StateDirectory)?.KeyEncryptionKey : null;
        var trio = new Trio(StateDirectory.Take(settings.StateDirectory, fresh));
        try
        {
            await trio.StartAllAsync(settings, sealedWith, cancellationToken);
            return trio;
        }
        catch
        {
            await trio.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether all three answer already: then somebody runs them, and they are used as they are.</summary>
    public static async Task<bool> IsRunningAsync(DemoSettings settings, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        return await AnswersAsync(http, settings.LatchkeyUrl + "/readyz", words: null, cancellationToken)
            && await AnswersAsync(http, settings.AcmeUrl + "/healthz", "AcmeApp", cancellationToken)
            && await AnswersAsync(http, HealthOfNotes(settings), "NotesMcp", cancellationToken);
    }

    /// <summary>Returns when asked to stop; throws when one of the three ends by itself.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        var stopped = Task.Delay(Timeout.Infinite, stop);
        var first = await Task.WhenAny([stopped, .. programs.Select(program => program.Exited)]);
        if (first != stopped)
        {
            // Ctrl-C reaches the whole group of processes; a child may be gone a moment before this program hears of it.
            await Task.WhenAny(stopped, Task.Delay(TimeSpan.FromMilliseconds(500), CancellationToken.None));
        }

        if (!stop.IsCancellationRequested)
        {
            throw await DeathOfAsync(programs.First(program => program.Exited.IsCompleted));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(programs.Select(program => program.StopAsync()));
        foreach (var program in programs)
        {
            program.Dispose();
        }

        directory.Dispose();
    }

    private static string HealthOfNotes(DemoSettings settings) => $"http://localhost:{settings.NotesPort}/healthz";

    private async Task StartAllAsync(DemoSettings settings, string? sealedWith, CancellationToken cancellationToken)
    {
        var state = DemoState.Load(directory.Path) ?? DemoState.New() with { KeyEncryptionKey = sealedWith };
        state = settings.NeedsKeyEncryptionKey ? state.WithKeyEncryptionKey() : state;
        state.Save(directory.Path);

        var latchkey = Start("Latchkey", ["serve"], LatchkeySettings(settings, state));
        await ReadyAsync(latchkey, settings.LatchkeyUrl, settings.LatchkeyUrl + "/readyz", words: null, cancellationToken);

        using var api = new ManagementApi(settings.LatchkeyUrl);
        var provisioned = await Provision.RunAsync(api, settings, state, cancellationToken);
        provisioned.State.Save(directory.Path);
        Console.WriteLine($"  provisioned  resource {provisioned.ResourceId}, connection {provisioned.State.LoginConnectionId}");

        var acme = Start("AcmeApp", [], AcmeSettings(settings, provisioned.State));
        var notes = Start("NotesMcp", [], new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Latchkey__BaseUrl"] = settings.LatchkeyUrl,
            ["Latchkey__ResourceId"] = provisioned.ResourceId,
            ["Notes__ResourceUri"] = settings.NotesUrl,
        });
        await ReadyAsync(acme, settings.AcmeUrl, settings.AcmeUrl + "/healthz", "AcmeApp", cancellationToken);
        await ReadyAsync(notes, settings.NotesUrl, HealthOfNotes(settings), "NotesMcp", cancellationToken);
    }

    private static Dictionary<string, string> LatchkeySettings(DemoSettings settings, DemoState state)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Latchkey__BaseUrl"] = settings.LatchkeyUrl,
            ["Latchkey__Listen"] = "",
            ["Latchkey__DataDirectory"] = settings.StateDirectory,
            ["Latchkey__Bootstrap__ApiClientId"] = state.ApiClientId,
            ["Latchkey__Bootstrap__ApiClientSecret"] = state.ApiClientSecret,
        };
        if (settings.NeedsKeyEncryptionKey)
        {
            values["Latchkey__KeyEncryptionKey"] = state.KeyEncryptionKey!;
        }

        return values;
    }

    private Dictionary<string, string> AcmeSettings(DemoSettings settings, DemoState state) => new(StringComparer.Ordinal)
    {
        ["ASPNETCORE_URLS"] = settings.AcmeUrl,
        ["Latchkey__BaseUrl"] = settings.LatchkeyUrl,
        ["Latchkey__ConnectionId"] = state.LoginConnectionId!,
        ["Latchkey__ClientId"] = state.LoginClientId!,
        ["Latchkey__ClientSecret"] = state.LoginClientSecret!,
        ["Acme__NotesUrl"] = settings.NotesUrl,
        ["Acme__KeysDirectory"] = directory.AcmeKeys,
    };

    private ChildProgram Start(string name, IReadOnlyList<string> arguments, Dictionary<string, string> settings)
    {
        var program = ChildProgram.Start(name, arguments, settings, inheritsLatchkeySettings: name is "Latchkey", Environment.CurrentDirectory, directory.LogOf(name));
        programs.Add(program);
        return program;
    }

    private static async Task ReadyAsync(ChildProgram program, string url, string health, string? words, CancellationToken cancellationToken)
    {
        Console.Write($"  {program.Name,-11}  starting");
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(StartLimit);
        while (!await AnswersAsync(http, health, words, cancellationToken))
        {
            if (program.Exited.IsCompleted)
            {
                Console.WriteLine();
                cancellationToken.ThrowIfCancellationRequested();
                throw await DeathOfAsync(program);
            }

            if (late.IsCancellationRequested)
            {
                Console.WriteLine();
                cancellationToken.ThrowIfCancellationRequested();
                throw new DemoStopped($"{program.Name} did not become ready within {StartLimit.TotalSeconds:0} s. Its log is {program.LogFile}; the end of it:\n{await program.LastWordsAsync()}");
            }

            await Task.WhenAny(program.Exited, Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None));
        }

        Console.WriteLine($", ready at {url}");
    }

    private static async Task<bool> AnswersAsync(HttpClient http, string health, string? words, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(health, cancellationToken);
            return response.IsSuccessStatusCode && (words is null || (await response.Content.ReadAsStringAsync(cancellationToken)).Contains(words, StringComparison.Ordinal));
        }
        catch (Exception failed) when (failed is HttpRequestException || (failed is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private static async Task<DemoStopped> DeathOfAsync(ChildProgram program) =>
        new($"{program.Name} ended by itself with exit code {program.ExitCode}. Its log is {program.LogFile}; the end of it:\n{await program.LastWordsAsync()}");
}
