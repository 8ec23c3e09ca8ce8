using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.Operators;

/// <summary>
/// The page behind a link: it creates the first operator, a further one, or sets a new password. Opening the page uses nothing up, because
/// mail scanners open links; the form post does.
/// </summary>
internal sealed class InvitePages(
    OperatorInviteStore invites, OperatorStore operators, OperatorPasswords passwords, OperatorAuthentication authentication)
{
    public static readonly DashboardRoute Show = DashboardRoute.OpenPage(OperatorInvite.Path + "{token}");
    public static readonly DashboardRoute Use = DashboardRoute.OpenPost(OperatorInvite.Path + "{token}");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<InvitePages>(Show, (pages, request) => pages.ShowAsync(request));
        app.MapDashboard<InvitePages>(Use, (pages, request) => pages.UseAsync(request));
    }

    private static Secret TokenOf(DashboardRequest request) => new(request.Value("token"));

    private async Task<IResult> ShowAsync(DashboardRequest request) =>
        await invites.FindAsync(TokenOf(request), request.Now, request.Aborted) is { } invite
            ? request.Page<InvitePage, InviteForm>("Welcome", new() { Invite = invite, Token = TokenOf(request), Email = invite.Email })
            : OperatorErrors.LinkGone.Page(request);

    private async Task<IResult> UseAsync(DashboardRequest request)
    {
        var token = TokenOf(request);
        if (await invites.FindAsync(token, request.Now, request.Aborted) is not { } invite)
        {
            return OperatorErrors.LinkGone.Page(request);
        }

        var form = new InviteForm
        {
            Invite = invite,
            Token = token,
            Email = invite.Email ?? request.Form["email"],
            Name = request.Form["name"],
        };
        if (form.Invalid(request.Form["password"]) is { Count: > 0 } errors)
        {
            return Refused(request, form with { Faults = errors });
        }

        if (await passwords.HashAsync(request.Form["password"]!, request.Aborted) is not { } hash)
        {
            return Refused(request, form with { Faults = [OperatorErrors.Busy] });
        }

        return invite.OperatorId is { } id
            ? await RecoverAsync(request, token, id, hash)
            : await CreateAsync(request, form, hash);
    }

    private async Task<IResult> CreateAsync(DashboardRequest request, InviteForm form, string hash)
    {
        var added = new Operator
        {
            Id = OperatorId.New(),
            Email = Operator.ReadEmail(form.Email)!,
            Name = form.Name!.Trim(),
            Role = form.Invite.Role,
            PasswordHash = hash,
            CreatedAt = request.Now,
        };
        return await invites.CreateOperatorAsync(form.Token, added, request.Aborted)
            ? await WelcomeAsync(request, added)
            : await operators.FindByEmailAsync(added.Email, request.Aborted) is null || form.Invite.Kind == InviteKind.SetUp
                ? OperatorErrors.LinkGone.Page(request)
                : Refused(request, form with { Faults = [OperatorErrors.EmailTaken] });
    }

    private async Task<IResult> RecoverAsync(DashboardRequest request, Secret token, OperatorId id, string hash) =>
        await invites.SetPasswordAsync(token, id, hash, request.Now, request.Aborted)
        && await operators.FindAsync(id, request.Aborted) is { } known
            ? await WelcomeAsync(request, known)
            : OperatorErrors.LinkGone.Page(request);

    private async Task<IResult> WelcomeAsync(DashboardRequest request, Operator known) =>
        await authentication.BeginAsync(request, known, "link") is null
            ? OperatorErrors.LinkGone.Page(request)
            : await request.RedirectAsync(AccountPages.OfferPasskey.Pattern);

    private static IResult Refused(DashboardRequest request, InviteForm form) =>
        request.Page<InvitePage, InviteForm>("Welcome", form, form.Faults[0]);
}

/// <summary>The data of <c>InvitePage</c>.</summary>
internal sealed record InviteForm
{
    public required OperatorInvite Invite { get; init; }
    public required Secret Token { get; init; }
    public string? Email { get; init; }
    public string? Name { get; init; }
    public IReadOnlyList<FormError> Faults { get; init; } = [];

    public bool IsNewOperator => Invite.Kind != InviteKind.Recover;

    /// <summary>Returns everything that is wrong with what was typed.</summary>
    public IReadOnlyList<FormError> Invalid(string? password)
    {
        var errors = new List<FormError>();
        if (IsNewOperator && Operator.ReadEmail(Email) is null)
        {
            errors.Add(OperatorErrors.NoEmail);
        }

        if (IsNewOperator && (Name ?? "").Trim().Length is 0 or > Operator.MaxNameLength)
        {
            errors.Add(OperatorErrors.NoName);
        }

        if (OperatorPasswords.Refusal(password) is { } sentence)
        {
            errors.Add(OperatorErrors.Password(sentence));
        }

        return errors;
    }
}
