using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.Components;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Dashboard.Secrets;
using Latchkey.Server.Management;
using Latchkey.Server.Management.ApiClients;
using Latchkey.Server.Management.Secrets;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.Machines;

/// <summary>API clients: the list, one with its secrets and addresses, and deleting one.</summary>
internal sealed class MachinePages(
    ApiClientAdministration administration, SecretPages secrets, ConfigurationCache configuration)
{
    public static readonly DashboardRoute List = DashboardRoute.Page("/dashboard/machines");
    public static readonly DashboardRoute Page = DashboardRoute.Page("/dashboard/machines/{machine}");
    public static readonly DashboardRoute DeletePage = DashboardRoute.Page("/dashboard/machines/{machine}/delete", OperatorRole.Admin);
    public static readonly DashboardRoute Delete = DashboardRoute.Post("/dashboard/machines/{machine}/delete", OperatorRole.Admin);
    public static readonly DashboardRoute AddSecret = DashboardRoute.Post("/dashboard/machines/{machine}/secrets", OperatorRole.Admin);

    public static readonly DashboardRoute RemoveSecretPage =
        DashboardRoute.Page("/dashboard/machines/{machine}/secrets/{secret}/remove", OperatorRole.Admin);

    public static readonly DashboardRoute RemoveSecret =
        DashboardRoute.Post("/dashboard/machines/{machine}/secrets/{secret}/remove", OperatorRole.Admin);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<MachinePages>(List, (pages, request) => pages.ListAsync(request));
        app.MapDashboard<MachinePages>(Page, (pages, request) => pages.ShowAsync(request));
        app.MapDashboard<MachinePages>(DeletePage, (pages, request) => Task.FromResult(pages.AskToDelete(request)));
        app.MapDashboard<MachinePages>(Delete, (pages, request) => pages.DeleteAsync(request));
        app.MapDashboard<MachinePages>(AddSecret, async (pages, request) => pages.HolderOf(request) is { } holder
            ? await pages.AddSecretAsync(request, holder) : DashboardErrors.NotFound.Page(request));
        app.MapDashboard<MachinePages>(RemoveSecretPage, (pages, request) => Task.FromResult(pages.HolderOf(request) is { } holder
            ? SecretPages.AskToRemove(request, holder, RemoveSecret) : DashboardErrors.NotFound.Page(request)));
        app.MapDashboard<MachinePages>(RemoveSecret, async (pages, request) => pages.HolderOf(request) is { } holder
            ? await pages.RemoveSecretAsync(request, holder) : DashboardErrors.NotFound.Page(request));
    }

    private async Task<IResult> ListAsync(DashboardRequest request) => request.Page<MachineListPage, MachineList>(
        "Machines", new(
            await administration.ShowAsync(configuration.Current.ApiClients, request.Aborted), configuration.Current));

    private async Task<IResult> ShowAsync(DashboardRequest request)
    {
        var outcome = await administration.FindAsync(request.Value("machine"), request.Aborted);
        return outcome.ProblemOr(out var found) is not null
            ? DashboardErrors.NotFound.Page(request)
            : request.Page<MachinePage, MachineView>(found.Client.Name, new(found, configuration.Current));
    }

    private IResult AskToDelete(DashboardRequest request) =>
        MachineOf(request) is { } machine ? request.Ask(DeleteQuestion(machine)) : DashboardErrors.NotFound.Page(request);

    private Confirmation DeleteQuestion(ApiClient machine)
    {
        var isLast = machine.Role == ApiRole.Management
            && !configuration.Current.ApiClients.Any(c => c.Id != machine.Id && c.Role == ApiRole.Management && c.IsEnabled);
        return new()
        {
            Title = $"Delete {machine.Name}?",
            Parent = machine.Name,
            CancelPath = DashboardPaths.Machine(machine.Id),
            Ends =
            [
                "The machine and its tokens are refused at once, on every node.",
                .. machine.Role == ApiRole.Login
                    ? ["Your login page can report no person with it any more, so sign-ins stop there."] : Array.Empty<string>(),
                .. isLast ? ["It is the only one of role management: nothing can be changed over the API until you add another one here."]
                    : Array.Empty<string>(),
            ],
            Stays = "What it changed stays, and so do the entries of the audit log.",
            Route = Delete,
            Id = machine.Id.Value,
            Verb = $"Delete {machine.Name}",
            AsksReason = true,
        };
    }

    private async Task<IResult> DeleteAsync(DashboardRequest request)
    {
        if (MachineOf(request) is not { } machine)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        return await administration.DeleteAsync(
            request.ActorWithReason(), machine.Id.Value, IfMatch.Unsaid, request.Aborted) is { } problem
            ? request.Ask(DeleteQuestion(machine), new(problem.Status, problem.Code, problem.Detail))
            : await request.RedirectAsync(List.Pattern, $"{machine.Name} was deleted.");
    }

    private ApiClient? MachineOf(DashboardRequest request) => configuration.Current.FindApiClient(request.Value("machine"));

    private Task<IResult> AddSecretAsync(DashboardRequest request, SecretHolder holder) => secrets.AddAsync(request, holder);

    private Task<IResult> RemoveSecretAsync(DashboardRequest request, SecretHolder holder) => secrets.RemoveAsync(request, holder);

    private SecretHolder? HolderOf(DashboardRequest request) =>
        MachineOf(request) is { } machine
            ? new(
                new SecretOwner.Api(machine.Id.Value), machine.Name, DashboardPaths.Machine(machine.Id), machine.Id.Value, machine.Secrets)
            : null;
}

/// <summary>The data of <c>MachineListPage</c>.</summary>
internal sealed record MachineList(IReadOnlyList<ShownApiClient> Machines, ConfigurationSnapshot Configuration);

/// <summary>The data of <c>MachinePage</c>.</summary>
internal sealed record MachineView(ShownApiClient Shown, ConfigurationSnapshot Configuration);
