using System.Text;
using System.Text.Json;
using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.Management;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.SetUp;

/// <summary>
/// The Server-Sent Events of a step that waits: whether something is new, and after a minute without a sign-in that nothing arrived. The
/// page is loaded again for what is new, so that it has one rendering alone.
/// </summary>
internal sealed class SetUpEvents(SetUpReader reader, LiveStream live, ConfigurationCache configuration)
{
    /// <summary>The pause between two requests to the MCP server.</summary>
    private static readonly TimeSpan BetweenProbes = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenReads = TimeSpan.FromSeconds(2);

    public static readonly DashboardRoute Events =
        DashboardRoute.Page("/dashboard/servers/{resource}/connect.events", OperatorRole.Admin);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDashboard<SetUpEvents>(Events, (events, request) => Task.FromResult(events.Follow(request)));

    private IResult Follow(DashboardRequest request)
    {
        var step = SetUpSteps.Parse(request.Query["step"]) ?? SetUpStep.Client;
        if (configuration.Current.FindResource(request.Value("resource")) is null)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        string? first = null;
        string? last = null;
        return live.Follow(request, async (_, stop) =>
        {
            if (configuration.Current.FindResource(request.Value("resource")) is not { } resource)
            {
                return new(new("", "ping"), IsLast: true);
            }

            if (last is not null)
            {
                await Task.Delay(step == SetUpStep.Guard ? BetweenProbes : BetweenReads, stop);
            }

            var view = await reader.ReadAsync(request, resource, step);
            var state = StateOf(view);
            first ??= state;
            var text = Json(isNew: state != first, view);
            if (text == last)
            {
                return null;
            }

            last = text;
            return new(new(text, "state"), IsLast: state != first);
        });
    }

    /// <summary>What the page shows besides its texts.</summary>
    private static string StateOf(SetUpView view) =>
        $"{view.Answer?.IsFound} {view.Newest?.AuthorizationId} {view.Newest?.Events.Count} {view.Connected?.AuthorizationId}";

    private static string Json(bool isNew, SetUpView view)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteBoolean("new", isNew);
            json.WriteBoolean("silent", view.IsSilent);
            json.WriteString("kind", view.Answer?.Kind);
            json.WriteString("sentence", view.Answer?.Sentence);
            json.WriteString("detail", view.Answer?.Detail);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
