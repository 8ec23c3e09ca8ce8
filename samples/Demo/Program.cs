using System.Runtime.InteropServices;
using Demo;

// up:   runs Latchkey, an app with its own login, and an MCP server.
// walk: runs the same three and an MCP client that completes the whole login with a headless browser.
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
                usage: up [--fresh]   runs Latchkey, AcmeApp and NotesMcp; --fresh deletes the state of earlier runs
                       walk           runs the same three and an MCP client that completes the whole login
                LATCHKEY_DEMO_PORTS=5480,5481,5482 and LATCHKEY_DEMO_STATE=.latchkey choose other ports and another directory for the state.
                """);
            return args is ["--help"] or ["-h"] ? 0 : 2;
    }
}
catch (DemoException stopped)
{
    await Console.Error.WriteLineAsync(stopped.Message);
    return 1;
}

void OnSignal(PosixSignalContext context)
{
    // The started programs must be stopped first, so the signal must not end this process.
    context.Cancel = true;
    stop.Cancel();
}
