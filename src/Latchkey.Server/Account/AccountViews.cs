using Latchkey.Server.Languages;
using Latchkey.Server.Pages;

namespace Latchkey.Server.Account;

/// <summary>A connected program, as the page shows it.</summary>
/// <param name="Id">The grant.</param>
/// <param name="Host">The host of the program, or <see cref="ResponseTarget.ThisDevice"/>.</param>
/// <param name="Server">The name of the resource.</param>
public sealed record ProgramView(string Id, string Name, string Host, string Server)
{
    public string? Organization { get; init; }
    public required IReadOnlyList<ConsentScope> Scopes { get; init; }
    public required DateTimeOffset Since { get; init; }
    public required DateTimeOffset UsedAt { get; init; }

    /// <summary>Access lasts until it is ended, by a refresh token.</summary>
    public required bool Stays { get; init; }
    public required DateTimeOffset EndsAt { get; init; }
    public bool IsLive { get; init; }

    /// <summary>Connected since the former visit.</summary>
    public bool IsNew { get; init; }

    /// <summary>How long an issued access token stays valid.</summary>
    public TimeSpan Tail { get; init; }

    /// <summary>An e-mail address or a URL, or null.</summary>
    public string? SupportContact { get; init; }

    /// <summary>Whether the person can take something away and leave something.</summary>
    public bool CanNarrow => IsLive && Scopes.Count > 1 && Scopes.Any(scope => scope.CanChange);
}

/// <summary>A remembered consent.</summary>
internal sealed record RememberedView(string Id, string Program, string Server);

/// <summary>The list.</summary>
internal sealed record AccountListView(
    string UserName, string UserEmail, IReadOnlyList<ProgramView> Live, IReadOnlyList<ProgramView> Ended,
    IReadOnlyList<RememberedView> Remembered, bool IsCut, AccountForms Forms);

/// <summary>One program: its page, and the pages that ask before something ends.</summary>
internal sealed record ProgramPageView(ProgramView Program, AccountForms Forms)
{
    /// <summary>The person pressed Save without a tick.</summary>
    public bool IsEmpty { get; init; }

    /// <summary>The person reported the program.</summary>
    public bool IsReported { get; init; }
}

/// <summary>A question with one button.</summary>
internal sealed record ConfirmView(Phrase Title, Phrase Explanation, string Button, string Path, string Cancel, AccountForms Forms);

/// <summary>The servers to choose from.</summary>
internal sealed record ChooseView(IReadOnlyList<Brand> Servers, IReadOnlyList<string> Ids);

/// <summary>The tokens of the forms of a session: each is valid for one path.</summary>
public sealed record AccountForms(Func<string, string> TokenOf);
