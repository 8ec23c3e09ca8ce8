using System.Globalization;

namespace Latchkey.Server.Pages;

/// <summary>All texts of the pages, so that a translation is one file.</summary>
internal static class Texts
{
    internal const string Footer = "Sign-in by Latchkey";
    internal const string Privacy = "Privacy";
    internal const string Help = "Help";
    internal const string CallsItself = "A program that calls itself";
    internal const string WantsAccessTo = "wants to use";
    internal const string ThisDevice = "this device";
    internal const string ProgramOn = "A program on";
    internal const string ProgramOnThisDevice = "A program on this device";
    internal const string ProgramReachedThrough = "A program on this device, reached through";
    internal const string AppOn = "An app on";
    internal const string AppThatOpens = "An app on this device that opens";
    internal const string ThatOpens = "that opens";
    internal const string Links = "links";
    internal const string LinksDescribedAt = "links, described at";
    internal const string DescribedAt = ", described at";
    internal const string ProgramDescribedAt = "A program described at";
    internal const string AnswerGoesTo = ". Your answer goes to";
    internal const string ImitationWarning = "The name of this program looks like the name of a well-known one, so it is not shown.";
    internal const string NameWarning =
        "The name of this program has characters that could be mistaken for others, so it is not shown.";
    internal const string ProgramAt = "A program at";
    internal const string VouchedFor = "confirmed";
    internal const string DeviceWarning =
        "Your answer goes to a program on this device. Allow only if you have just started this yourself.";
    internal const string SignedInAs = "Signed in as";
    internal const string NotYou = "Switch account";
    internal const string WillBeAbleTo = "It will be able to";
    internal const string MayUntick = "Untick what you do not want.";
    internal const string MustChoose = "Tick what you want to allow.";
    internal const string New = "new";
    internal const string AlsoAsksTo = "It also asks to";
    internal const string TickSensitive = "These are sensitive. Tick one only if you need it.";
    internal const string WhichOrganization = "For which organisation?";
    internal const string ChooseOne = "Choose one";
    internal const string OnlyLook = "Only look";
    internal const string WhatItAsksFor = "What it asks for";
    internal const string Choose = "Choose";
    internal const string ChooseOneByOne = "Tick each one yourself.";
    internal const string And = "and";
    internal const string AlsoLearn = "also learn:";
    internal const string Account = "which account you use";
    internal const string AccountByEmail = "which account you use, which is named by your e-mail address";
    internal const string SignIn = "when and how you signed in";
    internal const string UseEverythingThat = "Use everything that";
    internal const string OffersYou = "offers you";
    internal const string Allow = "Allow";
    internal const string Deny = "Deny";
    internal const string Reference = "Reference";
    internal const string GoBack = "Go back to the program";
    internal const string LeadsTo = "The button leads to";
    internal const string LeadsToApp = "The button opens an app on this device, for links that begin with";
    internal const string LeadsThrough = "The button leads to a program on this device, through";
    internal const string StartAgain = "Start again";
    internal const string ForDevelopers = "For developers";
    internal const string TellReference = "If you ask for help, give this reference:";
    internal const string FinishedTitle = "You are connected";
    internal const string HomeTitle = "Latchkey is running";
    internal const string HomeExplanation =
        "This server signs you in to programs that connect to an MCP server. A program opens its pages for you when they are needed.";
    internal const string ApiReference = "API reference";
    internal const string ApiReferenceIs = "for the operator and the login page";
    internal const string State = "State";
    internal const string StateIs = "for monitoring: whether the server is ready, and what is wrong";
    internal const string GuidesAre = "The guides come with the program, in the folder";
    internal const string Version = "Version";
    internal const string OneMoment = "One moment";
    internal const string AnswerTravels = "Your answer is on its way to the program. If nothing happens, press Continue.";
    internal const string Continue = "Continue";
    internal const string AnswerReady = "Your answer is ready";
    internal const string AnswerWaits = "It goes to a program on this device, which opens only when you press the button.";

    /// <summary>Where a button leads that carries a response, before the name of the target.</summary>
    internal static string Leads(ResponseTarget target) => target.Kind switch
    {
        ResponseTargetKind.App => LeadsToApp,
        ResponseTargetKind.Forwarder => LeadsThrough,
        _ => LeadsTo,
    };

    /// <summary>What an OpenID Connect scope gives the client.</summary>
    internal static string Identity(string scope) => scope switch
    {
        "profile" => "See your name, user name, picture, gender and language",
        "email" => "See your e-mail address and whether it is confirmed",
        _ => "Know who you are",
    };

    /// <summary>What a claim of the access token tells.</summary>
    internal static string Claim(string claim, bool canUntick) => claim switch
    {
        "email" => "your e-mail address",
        "name" => "your name",
        "org_id" => "your organisation",
        "roles" => "your roles",
        "groups" => "your groups",
        _ => "further details that your company adds",
    } + (canUntick ? " (unless you untick it)" : "");

    internal static string ConsentTitle(PageView.Consent view) =>
        $"{(IsClaimed(view) ? CallsItself + " " : "")}{view.ClientName ?? InPlaceOfName(view)} {WantsAccessTo} {view.ResourceName}";

    internal static string Remember(PageView.Consent view) =>
        $"Do not ask me again when {view.ClientName ?? InPlaceOfName(view)} connects to {view.ResourceName}";

    /// <summary>True when the page shows a name that is not vouched for.</summary>
    internal static bool IsClaimed(PageView.Consent view) => view is { ClientName: not null, IsTrusted: false };

    /// <summary>Stands in the place of a name that is not shown.</summary>
    internal static string InPlaceOfName(PageView.Consent view) => view.ClientHost == ThisDevice ? ProgramOnThisDevice : view.ClientHost;

    /// <param name="isNamed">Whether the page shows the name that the client gave itself.</param>
    internal static string UnvouchedWarning(string host, bool isNamed) =>
        $"This program is not verified{(isNamed ? ": its name may be false" : "")}. Your answer goes to {host}. Allow only if you know it.";

    /// <param name="lifetime">The lifetime of an access token, which is all that the client gets.</param>
    internal static string EndsByItself(TimeSpan lifetime) =>
        $"Access ends by itself after {Duration(lifetime)}; the program must ask again.";

    /// <summary>
    /// Access with a refresh token. Only the company can take it back here, so the sentence does not promise that the person can.
    /// </summary>
    /// <param name="lifetime">The absolute lifetime of the grant.</param>
    /// <param name="idle">The lifetime of a refresh token that is not used.</param>
    internal static string KeepsAccess(TimeSpan lifetime, TimeSpan idle) =>
        $"Access lasts until your company takes it back, at most {Duration(lifetime)}."
        + (idle < lifetime ? $" It ends earlier when the program has not used it for {Duration(idle)}." : "");

    /// <summary>A duration in words, rounded up, so that access never lasts longer than the text says.</summary>
    internal static string Duration(TimeSpan time) =>
        time <= TimeSpan.FromMinutes(1) ? "one minute"
        : time < TimeSpan.FromHours(2) ? Invariant($"{Math.Ceiling(time.TotalMinutes)} minutes")
        : time < TimeSpan.FromDays(2) ? Invariant($"{Math.Ceiling(time.TotalHours)} hours")
        : Invariant($"{Math.Ceiling(time.TotalDays)} days");

    /// <summary>A time limit in words, without rounding: in the largest unit that it is a multiple of.</summary>
    internal static string Limit(TimeSpan time)
    {
        (string Name, TimeSpan Length)[] units =
            [("day", TimeSpan.FromDays(1)), ("hour", TimeSpan.FromHours(1)), ("minute", TimeSpan.FromMinutes(1))];
        var unit = Array.Find(units, u => time >= u.Length && time.Ticks % u.Length.Ticks == 0);
        var (name, count) = unit.Name is null ? ("second", time.TotalSeconds) : (unit.Name, time / unit.Length);
        return count == 1 ? $"one {name}" : Invariant($"{count:0.###} {name}s");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    internal static string Finished(string? client, string resource) =>
        $"{client ?? "The program"} got access to {resource}. You can close this window.";

    /// <summary>Returns the first letter as users see it, which may be several characters.</summary>
    internal static string FirstLetter(string name) => StringInfo.GetNextTextElement(name.TrimStart()).ToUpperInvariant();
}
