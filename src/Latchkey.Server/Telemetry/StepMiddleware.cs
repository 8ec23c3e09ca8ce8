using System.Diagnostics;

namespace Latchkey.Server.Telemetry;

/// <summary>
/// Measures each step of a sign-in, and creates its span. Comes before all other middleware, so that the response of a failure is known.
/// Does nothing while nothing collects spans or metrics.
/// </summary>
internal sealed class StepMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http) => StepSpan.IsOn ? MeasureAsync(http) : next(http);

    private async Task MeasureAsync(HttpContext http)
    {
        var step = StepSpan.Begin();
        await next(http);
        if (Steps.Of(http.GetEndpoint()) is not { } name)
        {
            return;
        }

        step.End(name, http.Response.StatusCode);
        var tags = new TagList { { Instruments.Step, name }, { Instruments.Status, http.Response.StatusCode } };
        if (step.GrantType is { } grantType)
        {
            tags.Add(Instruments.GrantType, grantType);
        }

        Instruments.StepDuration.Record(step.Elapsed.TotalSeconds, tags);
    }
}
