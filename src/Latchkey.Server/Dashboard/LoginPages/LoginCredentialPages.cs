using System.Text.Json.Nodes;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Management;
using Latchkey.Server.Management.ApiClients;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.LoginPages;

/// <summary>The credentials with which a backend reports who signed in: created with a secret that is shown once, and revoked.</summary>
internal sealed class LoginCredentialPages(ConfigurationCache configuration, ApiClientAdministration machines)
{
    public static readonly DashboardRoute New = DashboardRoute.Page("/dashboard/login-pages/{conn}/credentials/new", OperatorRole.Admin);
    public static readonly DashboardRoute Create = DashboardRoute.Post("/dashboard/login-pages/{conn}/credentials/new", OperatorRole.Admin);

    public static readonly DashboardRoute RevokePage =
        DashboardRoute.Page("/dashboard/login-pages/{conn}/credentials/{skc}/revoke", OperatorRole.Admin);

    public static readonly DashboardRoute Revoke =
        DashboardRoute.Post("/dashboard/login-pages/{conn}/credentials/{skc}/revoke", OperatorRole.Admin);

    private static readonly FormPart Fields = new(null, "name", "allowed_addresses");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<LoginCredentialPages>(New, (pages, request) => Task.FromResult(pages.ShowNew(request)));
        app.MapDashboard<LoginCredentialPages>(Create, (pages, request) => pages.CreateAsync(request));
        app.MapDashboard<LoginCredentialPages>(RevokePage, (pages, request) => Task.FromResult(pages.AskToRevoke(request)));
        app.MapDashboard<LoginCredentialPages>(Revoke, (pages, request) => pages.RevokeAsync(request));
    }

    private Connection? PageOf(DashboardRequest request) => configuration.Current.FindConnection(request.Value("conn"));

    private IResult ShowNew(DashboardRequest request) => PageOf(request) is { } page
        ? Show(request, new(page, FieldForm.New(ApiClientFields.Table, Fields), Made: null))
        : DashboardErrors.NotFound.Page(request);

    private static DashboardPage Show(DashboardRequest request, NewLoginCredential view) =>
        request.Page<NewLoginCredentialPage, NewLoginCredential>("Create a login credential", view, view.Form.Status);

    private async Task<IResult> CreateAsync(DashboardRequest request)
    {
        if (PageOf(request) is not { } page)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var form = FieldForm.Posted(ApiClientFields.Table, request.Form, Fields);
        var body = form.Body;
        body["role"] = ApiRole.Login.Name();
        body["connection_ids"] = new JsonArray(page.Id.Value);
        var outcome = await machines.CreateAsync(request.Operator.Actor, JsonBody.Of(body), request.Aborted);
        return outcome.ProblemOr(out var made) is { } problem
            ? Show(request, new(page, form.Refused(problem), Made: null))
            : Show(request, new(page, form, made));
    }

    private ApiClient? CredentialOf(DashboardRequest request, Connection page) =>
        configuration.Current.FindApiClient(request.Value("skc")) is { Role: ApiRole.Login } found && found.ConnectionIds.Contains(page.Id)
            ? found
            : null;

    private IResult AskToRevoke(DashboardRequest request)
    {
        if (PageOf(request) is not { } page || CredentialOf(request, page) is not { } credential)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var others = credential.ConnectionIds.Count - 1;
        return request.Ask(new()
        {
            Title = $"Revoke {credential.Name}?",
            Parent = LoginPagePages.NameOf(page),
            CancelPath = LoginPagePages.Page.Path(page.Id.Value),
            Ends =
            [
                "Your backend cannot report with it from now on. Its tokens are refused at once.",
                .. others switch
                {
                    0 => Array.Empty<string>(),
                    1 => ["It reports for one more login page, which loses it too."],
                    _ => [$"It reports for {others} more login pages, which lose it too."],
                },
            ],
            Stays = "People who are connected stay connected.",
            Route = Revoke,
            Ids = [page.Id.Value, credential.Id.Value],
            Verb = $"Revoke {credential.Name}",
            AsksReason = true,
        });
    }

    private async Task<IResult> RevokeAsync(DashboardRequest request) =>
        PageOf(request) is { } page && CredentialOf(request, page) is { } credential
        && await machines.DeleteAsync(request.ActorWithReason(), credential.Id.Value, IfMatch.Unsaid, request.Aborted) is null
            ? await request.RedirectAsync(LoginPagePages.Page.Path(page.Id.Value), $"{credential.Name} was revoked.")
            : DashboardErrors.NotFound.Page(request);
}

/// <summary>The data of <c>NewLoginCredentialPage</c>.</summary>
/// <param name="Made">The new credential with its secret. Null before.</param>
internal sealed record NewLoginCredential(Connection Page, FieldForm Form, ShownApiClient? Made);
