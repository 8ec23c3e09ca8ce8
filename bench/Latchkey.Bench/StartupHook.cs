#pragma warning disable MA0047, CA1050 // the runtime looks for this type by its bare name
using System.IO.Pipes;

/// <summary>
/// Loaded into the server under test by <c>DOTNET_STARTUP_HOOKS</c>, in the run that counts allocations and in no other: answers over a named pipe how
/// many bytes the process has allocated so far.
/// </summary>
internal static class StartupHook
{
    public const string PipeVariable = "LATCHKEY_BENCH_PIPE";

    public static void Initialize()
    {
#pragma warning disable RS0030 // no settings exist here: this runs before the server's Main
        var name = Environment.GetEnvironmentVariable(PipeVariable)!;
#pragma warning restore RS0030
        new Thread(() => Answer(name)) { IsBackground = true, Name = "bench" }.Start();
    }

    private static void Answer(string name)
    {
        using var pipe = new NamedPipeServerStream(name, PipeDirection.InOut, 1);
        while (true)
        {
            pipe.WaitForConnection();
            pipe.Write(BitConverter.GetBytes(GC.GetTotalAllocatedBytes(precise: true)));

            // Until the other side has read it and closed.
            pipe.ReadByte();
            pipe.Disconnect();
        }
    }
}
