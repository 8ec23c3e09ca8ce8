using System.Runtime.InteropServices;
using Demo;

// up:   Latchkey, an app with a login of its own, and an MCP server, in one command.
// walk: the same three, and an MCP client that goes through the whole login without a screen.
using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
using var hungUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);

try
{
    var settings = DemoSettings.FromEnvironment();
    switch (args)
    {
        case ["up"]:
            return await UpCommand.RunAsync(settings, fresh: false, stop.Token);
        case ["up", "--fresh"]:
            return await UpCommand.RunAsync(settings, fresh: true, stop.Token);
        case ["walk"]:
            return await WalkCommand.RunAsync(settings, stop.Token);
        default:
            await Console.Error.WriteLineAsync(
                """
                usage: up [--fresh]   runs Latchkey, AcmeApp and NotesMcp; --fresh forgets what the last run stored
                       walk           the same three, then an MCP client goes through the whole login
                LATCHKEY_DEMO_PORTS=5480,5481,5482 and LATCHKEY_DEMO_STATE=.latchkey choose other ports and another place for the state.
                """);
            return args is ["--help"] or ["-h"] ? 0 : 2;
    }
}
catch (DemoStopped stopped)
{
    await Console.Error.WriteLineAsync(stopped.Message);
    return 1;
}

void OnSignal(PosixSignalContext context)
{
    // The programs this one started must be stopped first, so the signal is not allowed to end the process.
    context.Cancel = true;
    stop.Cancel();
}
