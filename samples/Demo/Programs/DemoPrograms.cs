using Demo.Provisioning;

namespace Demo.Programs;

/// <summary>The running programs Latchkey, AcmeApp and NotesMcp; stopped when disposed.</summary>
internal sealed class DemoPrograms : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);
    private readonly StateDirectory directory;
    private readonly List<ChildProgram> programs = [];

    private DemoPrograms(StateDirectory directory) => this.directory = directory;

    /// <summary>Starts Latchkey, registers AcmeApp and NotesMcp with it, and starts both.
    /// Prints one line per program that is ready.</summary>
    public static async Task<DemoPrograms> StartAsync(DemoSettings settings, bool fresh, CancellationToken cancellationToken)
    {
        Ports.MustBeFree(settings);

        // The database outlives the state directory and its secrets are encrypted with this key.
        var sealedWith = fresh && settings.NeedsKeyEncryptionKey ? DemoState.Load(settings.StateDirectory)?.KeyEncryptionKey : null;
        var started = new DemoPrograms(StateDirectory.Take(settings.StateDirectory, fresh));
        try
        {
            await started.StartAllAsync(settings, sealedWith, cancellationToken);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether all three programs respond already. Then they are used as they are.</summary>
    public static async Task<bool> IsRunningAsync(DemoSettings settings, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        return await RespondsAsync(http, settings.LatchkeyUrl + "/readyz", expected: null, cancellationToken)
            && await RespondsAsync(http, settings.AcmeUrl + "/healthz", "AcmeApp", cancellationToken)
            && await RespondsAsync(http, HealthOfNotes(settings), "NotesMcp", cancellationToken);
    }

    /// <summary>Returns when <paramref name="stop"/> is cancelled. Throws when one of the programs ends.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        var stopped = Task.Delay(Timeout.Infinite, stop);
        var first = await Task.WhenAny([stopped, .. programs.Select(program => program.Exited)]);
        if (first != stopped)
        {
            // Ctrl-C reaches the whole process group. A child process may end shortly before this process handles the signal.
            await Task.WhenAny(stopped, Task.Delay(TimeSpan.FromMilliseconds(500), CancellationToken.None));
        }

        if (!stop.IsCancellationRequested)
        {
            throw await ExitErrorAsync(programs.First(program => program.Exited.IsCompleted));
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
        await ReadyAsync(latchkey, settings.LatchkeyUrl, settings.LatchkeyUrl + "/readyz", expected: null, cancellationToken);

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
        var program = ChildProgram.Start(
            name, arguments, settings, inheritsLatchkeySettings: name is "Latchkey", Environment.CurrentDirectory, directory.LogOf(name));
        programs.Add(program);
        return program;
    }

    private static async Task ReadyAsync(
        ChildProgram program, string url, string health, string? expected, CancellationToken cancellationToken)
    {
        Console.Write($"  {program.Name,-11}  starting");
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(StartLimit);
        while (!await RespondsAsync(http, health, expected, cancellationToken))
        {
            if (program.Exited.IsCompleted)
            {
                Console.WriteLine();
                cancellationToken.ThrowIfCancellationRequested();
                throw await ExitErrorAsync(program);
            }

            if (late.IsCancellationRequested)
            {
                Console.WriteLine();
                cancellationToken.ThrowIfCancellationRequested();
                throw new DemoException($"{program.Name} did not become ready within {StartLimit.TotalSeconds:0} s. "
                    + $"The last lines of its log {program.LogFile}:\n{await program.LogTailAsync()}");
            }

            await Task.WhenAny(program.Exited, Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None));
        }

        Console.WriteLine($", ready at {url}");
    }

    private static async Task<bool> RespondsAsync(HttpClient http, string health, string? expected, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(health, cancellationToken);
            return response.IsSuccessStatusCode && (expected is null
                || (await response.Content.ReadAsStringAsync(cancellationToken)).Contains(expected, StringComparison.Ordinal));
        }
        catch (Exception failed)
            when (failed is HttpRequestException || (failed is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private static async Task<DemoException> ExitErrorAsync(ChildProgram program) =>
        new($"{program.Name} ended with exit code {program.ExitCode}. "
            + $"The last lines of its log {program.LogFile}:\n{await program.LogTailAsync()}");
}
