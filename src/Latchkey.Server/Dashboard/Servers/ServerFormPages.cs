using System.Text.Json.Nodes;
using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Dashboard.Operators;
using Latchkey.Server.Fields;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Resources;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Dashboard.Servers;

/// <summary>The pages with the fields of an MCP server, and their form posts.</summary>
internal sealed class ServerFormPages(ConfigurationCache configuration, ResourceAdministration servers)
{
    public static readonly FormError AddressTaken = new(
        409, ResourceAdministration.UriTaken.Code, "Another MCP server has this address.", "resource_uri");

    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var section in ServerSection.All)
        {
            app.MapDashboard<ServerFormPages>(section.Page, (pages, request) => Task.FromResult(pages.Show(request, section)));
            app.MapDashboard<ServerFormPages>(section.Save, (pages, request) => pages.SaveAsync(request, section));
        }
    }

    private IResult Show(DashboardRequest request, ServerSection section) =>
        configuration.Current.FindResource(request.Value("res")) is not { } server
            ? DashboardErrors.NotFound.Page(request)
            : Show(request, section, server, FieldForm.Of(ResourceFields.Table, ValuesOf(server), server.Revision, section.Parts));

    private static DashboardPage Show(DashboardRequest request, ServerSection section, Resource server, FieldForm form) =>
        request.Page<ServerSectionPage, ServerSectionView>($"{section.Title} of {server.Name}", new(server, section, form), form.Status);

    private async Task<IResult> SaveAsync(DashboardRequest request, ServerSection section)
    {
        await configuration.ReloadAsync(request.Aborted);
        if (configuration.Current.FindResource(request.Value("res")) is not { } server)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var form = FieldForm.Posted(ResourceFields.Table, request.Form, section.Parts);
        if (form.WantsMoreRows)
        {
            return Show(request, section, server, form);
        }

        var outcome = await servers.ChangeAsync(
            request.Operator.Actor, server.Id.Value, JsonBody.Of(form.Body), form.Expected, request.Aborted);
        if (outcome.ProblemOr(out var changed) is not { } problem)
        {
            return await request.RedirectAsync(section.Page.Path(changed.Id.Value), $"{changed.Name} was changed.");
        }

        if (configuration.Current.Find(server.Id) is not { } present)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        return Show(request, section, present, FieldForm.IsConflict(problem)
            ? form.Overtaken(ValuesOf(present), present.Revision)
            : form.Refused(problem, AddressTaken));
    }

    private JsonObject ValuesOf(Resource server) => servers.Write(server, FieldUse.Change);
}

/// <summary>The data of <c>ServerSectionPage</c>.</summary>
internal sealed record ServerSectionView(Resource Server, ServerSection Section, FieldForm Form);
