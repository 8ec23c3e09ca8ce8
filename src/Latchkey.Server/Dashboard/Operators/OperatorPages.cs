using Latchkey.Server.Dashboard.Components;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.Operators;

/// <summary>
/// The list of operators, and what owners do with it. The last owner can neither be removed nor demoted; the storage step decides that, so
/// it also holds for two owners who do it to each other at once.
/// </summary>
internal sealed class OperatorPages(OperatorStore operators, OperatorInviteStore invites)
{
    private const string Title = "Operators";

    public static readonly DashboardRoute List = DashboardRoute.Page("/dashboard/settings/operators");
    public static readonly DashboardRoute InvitePage = OwnerPage("/dashboard/settings/operators/invite");
    public static readonly DashboardRoute Invite = OwnerPost("/dashboard/settings/operators/invite");
    public static readonly DashboardRoute Withdraw = OwnerPost("/dashboard/settings/operators/invites/{id}/withdraw");
    public static readonly DashboardRoute WithdrawPage = OwnerPage("/dashboard/settings/operators/invites/{id}/withdraw");
    public static readonly DashboardRoute RolePage = OwnerPage("/dashboard/settings/operators/{id}/role");
    public static readonly DashboardRoute SetRole = OwnerPost("/dashboard/settings/operators/{id}/role");
    public static readonly DashboardRoute RemovePage = OwnerPage("/dashboard/settings/operators/{id}/remove");
    public static readonly DashboardRoute Remove = OwnerPost("/dashboard/settings/operators/{id}/remove");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<OperatorPages>(List, (pages, request) => pages.ListAsync(request));
        app.MapDashboard<OperatorPages>(InvitePage, (_, request) => Task.FromResult<IResult>(ShowInvite(request, new())));
        app.MapDashboard<OperatorPages>(Invite, (pages, request) => pages.InviteAsync(request));
        app.MapDashboard<OperatorPages>(WithdrawPage, (pages, request) => pages.AskToWithdrawAsync(request));
        app.MapDashboard<OperatorPages>(Withdraw, (pages, request) => pages.WithdrawAsync(request));
        app.MapDashboard<OperatorPages>(RolePage, (pages, request) => pages.ShowRoleAsync(request, error: null));
        app.MapDashboard<OperatorPages>(SetRole, (pages, request) => pages.SetRoleAsync(request));
        app.MapDashboard<OperatorPages>(RemovePage, (pages, request) => pages.AskToRemoveAsync(request, error: null));
        app.MapDashboard<OperatorPages>(Remove, (pages, request) => pages.RemoveAsync(request));
    }

    private static DashboardRoute OwnerPage(string pattern) =>
        DashboardRoute.Page(pattern, OperatorRole.Owner) with { NeedsConfirmation = true };

    private static DashboardRoute OwnerPost(string pattern) =>
        DashboardRoute.Post(pattern, OperatorRole.Owner) with { NeedsConfirmation = true };

    private async Task<IResult> ListAsync(DashboardRequest request) => request.Page<OperatorsPage, OperatorList>(
        Title, new(await operators.AllAsync(request.Aborted), await invites.OpenAsync(request.Now, request.Aborted)));

    private static DashboardPage ShowInvite(DashboardRequest request, NewInvite form) =>
        request.Page<InviteOperatorPage, NewInvite>("Invite an operator", form);

    private async Task<IResult> InviteAsync(DashboardRequest request)
    {
        var form = new NewInvite { Email = request.Form["email"], Role = request.Form["role"] };
        var email = Operator.ReadEmail(form.Email);
        var role = OperatorRoles.Parse(form.Role);
        var error = email is null ? OperatorErrors.NoEmail
            : role is null ? OperatorErrors.UnknownRole
            : await operators.FindByEmailAsync(email, request.Aborted) is not null ? OperatorErrors.EmailTaken
            : null;
        if (error is not null)
        {
            return request.Page<InviteOperatorPage, NewInvite>("Invite an operator", form with { Error = error }, error);
        }

        var token = Secret.New(Secret.OperatorInvitePrefix);
        var invite = new OperatorInvite
        {
            Id = OperatorInviteId.New(),
            Kind = InviteKind.Invite,
            Email = email,
            Role = role!.Value,
            CreatedAt = request.Now,
        };
        await invites.AddAsync(invite, token, request.Operator.Actor, request.Aborted);
        return ShowInvite(request, form with { Email = email, Link = OperatorInvite.LinkOf(request.Settings, token) });
    }

    private async Task<OperatorInvite?> InviteOfAsync(DashboardRequest request) =>
        (await invites.OpenAsync(request.Now, request.Aborted)).Find(invite => invite.Id.Value == request.Value("id"));

    private async Task<IResult> AskToWithdrawAsync(DashboardRequest request) => await InviteOfAsync(request) is not { } invite
        ? DashboardErrors.NotFound.Page(request)
        : request.Page<ConfirmPage, Confirmation>("Withdraw a link", new()
        {
            Title = $"Withdraw the link for {invite.Email}?",
            Parent = Title,
            CancelPath = List.Pattern,
            Ends = ["The link does not work any more."],
            Route = Withdraw,
            Id = invite.Id.Value,
            Verb = "Withdraw the link",
        });

    private async Task<IResult> WithdrawAsync(DashboardRequest request) =>
        OperatorInviteId.Parse(request.Value("id")) is { } id && await invites.DeleteAsync(id, request.Operator.Actor, request.Aborted)
            ? await request.RedirectAsync(List.Pattern, "The link was withdrawn.")
            : DashboardErrors.NotFound.Page(request);

    private async Task<Operator?> OperatorOfAsync(DashboardRequest request) =>
        OperatorId.Parse(request.Value("id")) is { } id ? await operators.FindAsync(id, request.Aborted) : null;

    private async Task<IResult> ShowRoleAsync(DashboardRequest request, FormError? error)
    {
        if (await OperatorOfAsync(request) is not { } known)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var form = new RoleForm(known, error);
        return error is null
            ? request.Page<RolePage, RoleForm>("Change the role", form)
            : request.Page<RolePage, RoleForm>("Change the role", form, error);
    }

    private async Task<IResult> SetRoleAsync(DashboardRequest request)
    {
        if (await OperatorOfAsync(request) is not { } known)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        if (OperatorRoles.Parse(request.Form["role"]) is not { } role)
        {
            return await ShowRoleAsync(request, OperatorErrors.UnknownRole);
        }

        if (role == known.Role || await operators.SetRoleAsync(known, role, request.Operator.Actor, request.Now, request.Aborted))
        {
            return await request.RedirectAsync(List.Pattern, $"{known.Name} is {role.Name()} now.");
        }

        return await ShowRoleAsync(request, await WhyNotAsync(request, known));
    }

    private async Task<IResult> AskToRemoveAsync(DashboardRequest request, FormError? error)
    {
        if (await OperatorOfAsync(request) is not { } known)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var question = new Confirmation
        {
            Title = $"Remove {known.Name}?",
            Parent = Title,
            CancelPath = List.Pattern,
            Ends = [$"{known.Email} is signed out everywhere at once and cannot sign in any more. Password and passkeys are deleted."],
            Stays = "What this operator changed stays, and so do the entries of the audit log.",
            Route = Remove,
            Id = known.Id.Value,
            Verb = $"Remove {known.Name}",
            Errors = error is null ? FormErrors.None : FormErrors.Of([error]),
            Code = error?.Code,
        };
        return error is null
            ? request.Page<ConfirmPage, Confirmation>("Remove an operator", question)
            : request.Page<ConfirmPage, Confirmation>("Remove an operator", question, error);
    }

    private async Task<IResult> RemoveAsync(DashboardRequest request)
    {
        if (await OperatorOfAsync(request) is not { } known)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        return await operators.RemoveAsync(known, request.Operator.Actor, request.Now, request.Aborted)
            ? await request.RedirectAsync(List.Pattern, $"{known.Name} was removed.")
            : await AskToRemoveAsync(request, await WhyNotAsync(request, known));
    }

    /// <summary>The reason why a step was refused: the operator was changed meanwhile, or is the last owner.</summary>
    private async Task<FormError> WhyNotAsync(DashboardRequest request, Operator known) =>
        (await operators.FindAsync(known.Id, request.Aborted))?.Role == known.Role
            ? OperatorErrors.LastOwner
            : OperatorErrors.ChangedMeanwhile;
}

/// <summary>The data of <c>OperatorsPage</c>.</summary>
internal sealed record OperatorList(IReadOnlyList<Operator> Operators, IReadOnlyList<OperatorInvite> Invites);

/// <summary>The data of <c>RolePage</c>.</summary>
internal sealed record RoleForm(Operator Operator, FormError? Error);

/// <summary>The data of <c>InviteOperatorPage</c>.</summary>
internal sealed record NewInvite
{
    public string? Email { get; init; }
    public string? Role { get; init; }
    public FormError? Error { get; init; }

    /// <summary>The link, shown once.</summary>
    public string? Link { get; init; }
}
