namespace Demo.Programs;

/// <summary>The state directory, locked by one run at a time.</summary>
internal sealed class StateDirectory : IDisposable
{
    private const string LockName = "demo.lock";
    private readonly FileStream held;

    private StateDirectory(string path, FileStream held)
    {
        Path = path;
        this.held = held;
    }

    public string Path { get; }

    /// <param name="fresh">Whether to delete the state of earlier runs.</param>
    public static StateDirectory Take(string path, bool fresh)
    {
        var isOurs = !Directory.Exists(path) || DemoState.Exists(path)
            || !Directory.EnumerateFileSystemEntries(path).Any(entry => !entry.EndsWith(LockName, StringComparison.Ordinal));
        if (fresh && !isOurs)
        {
            throw new DemoException($"{path} contains files that the demo did not create, so --fresh does not delete them. "
                + "Move them, or choose another directory: LATCHKEY_DEMO_STATE=<directory>");
        }

        var made = Directory.CreateDirectory(path);
        if (!OperatingSystem.IsWindows())
        {
            made.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        }

        var directory = new StateDirectory(path, Hold(path));
        if (fresh)
        {
            directory.Wipe();
        }

        Directory.CreateDirectory(directory.LogDirectory);
        Directory.CreateDirectory(directory.AcmeKeys);
        return directory;
    }

    public string LogDirectory => System.IO.Path.Combine(Path, "logs");

    public string AcmeKeys => System.IO.Path.Combine(Path, "acme-keys");

    public string LogOf(string program) => System.IO.Path.Combine(LogDirectory, program.ToLowerInvariant() + ".log");

    public void Dispose() => held.Dispose();

    private static FileStream Hold(string path)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new DemoException($"Another demo uses {path}. Stop it, or choose another directory: LATCHKEY_DEMO_STATE=<directory>");
        }
    }

    private void Wipe()
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries(Path)
            .Where(entry => !entry.EndsWith(LockName, StringComparison.Ordinal)))
        {
            if (Directory.Exists(entry))
            {
                Directory.Delete(entry, recursive: true);
            }
            else
            {
                File.Delete(entry);
            }
        }
    }
}
