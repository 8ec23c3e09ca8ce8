#pragma warning disable MA0047, CA1050 // the runtime requires this type without a namespace
using System.IO.Pipes;

/// <summary>
/// Loaded into the server under test by <c>DOTNET_STARTUP_HOOKS</c>, only in the run that counts allocations. Writes the number of bytes
/// that the process has allocated to a named pipe.
/// </summary>
internal static class StartupHook
{
    public const string PipeVariable = "LATCHKEY_BENCH_PIPE";

    public static void Initialize()
    {
#pragma warning disable RS0030 // settings are not available: this runs before the server's Main
        var name = Environment.GetEnvironmentVariable(PipeVariable)!;
#pragma warning restore RS0030
        new Thread(() => Serve(name)) { IsBackground = true, Name = "bench" }.Start();
    }

    private static void Serve(string name)
    {
        using var pipe = new NamedPipeServerStream(name, PipeDirection.InOut, 1);
        while (true)
        {
            pipe.WaitForConnection();
            pipe.Write(BitConverter.GetBytes(GC.GetTotalAllocatedBytes(precise: true)));

            // Waits until the client has read the number and closed the pipe.
            pipe.ReadByte();
            pipe.Disconnect();
        }
    }
}
