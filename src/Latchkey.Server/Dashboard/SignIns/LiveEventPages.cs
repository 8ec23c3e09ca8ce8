using System.Globalization;
using Latchkey.Server.Configuration;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>
/// The Server-Sent Events of a live list: the fields of a row as JSON text, which the script puts into a row as text.
/// </summary>
internal sealed class LiveEventPages(LiveStream live, ConfigurationCache configuration)
{
    public static readonly DashboardRoute LiveEvents = DashboardRoute.Page("/dashboard/sign-ins/live.events");

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDashboard<LiveEventPages>(LiveEvents, (pages, request) => Task.FromResult(pages.Follow(request)));

    private IResult Follow(DashboardRequest request)
    {
        var filters = SignInFilters.Read(request.Query, configuration.Current, request.Now);
        var selection = filters.Selection with { From = null };
        return live.Follow(request, async (listener, stop) =>
        {
            TailedSignIn next;
            do
            {
                next = await listener.Rows.ReadAsync(stop);
            }
            while (!selection.Matches(next.Summary));

            return new(new(JsonOf(SignInLine.Of(next.Summary, next.Refusals, configuration.Current)), "row")
            {
                EventId = next.Position.ToString(CultureInfo.InvariantCulture),
            });
        });
    }

    private static string JsonOf(SignInLine line) => SignInJson.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("id", line.Id);
        json.WriteString("path", line.Path);
        json.WriteString("at", line.StartedAt.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        json.WriteString("when", line.StartedAt.UtcDateTime.ToString("HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        json.WriteString("spoken", line.Spoken);
        json.WriteString("sentence", line.Sentence);
        json.WriteString("person", line.Person);
        json.WriteString("client", line.Client);
        json.WriteString("host", line.Host);
        json.WriteString("server", line.Server);
        json.WriteString("reference", line.Reference);
        json.WriteStartArray("latch");
        foreach (var step in line.Latch)
        {
            json.WriteStringValue(step.Kind);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });
}
