using Latchkey.Server.Supervision;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Storage.Tests.Stores;

internal static class Supervisors
{
    public static Supervisor New(ILogger<Supervisor>? log = null) =>
        new(new BackgroundFailures(), TimeProvider.System, log ?? NullLogger<Supervisor>.Instance);
}
