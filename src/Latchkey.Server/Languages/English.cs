namespace Latchkey.Server.Languages;

internal abstract partial record Texts
{
    public sealed record English : Texts
    {
        internal override RefusalTexts Refusals { get; } = new RefusalTexts.English();
        internal override AccountTexts Account { get; } = new AccountTexts.English();

        internal override string Footer => "Sign-in by Latchkey";
        internal override string Privacy => "Privacy";
        internal override string Help => "Help";
        internal override string Reference => "Reference";
        internal override string Languages => "Languages";
        internal override string ListSeparator => ", ";
        internal override string SentenceSeparator => " ";
        internal override string ThisDevice => "this device";
        internal override string ProgramOnThisDevice => "A program on this device";

        internal override Phrase WantsToUse(Slot client, Slot resource) => $"{client} wants to use {resource}";
        internal override Phrase ClaimedWantsToUse(Slot client, Slot resource) =>
            $"A program that calls itself {client} wants to use {resource}";
        internal override Phrase ProgramAt(Slot host) => $"A program at {host}";
        internal override Phrase ProgramDescribedAt(Slot host, Slot answer) =>
            $"A program described at {host}. Your answer goes to {answer}";
        internal override Phrase ProgramOn(Slot device) => $"A program on {device}";
        internal override Phrase LocalProgramDescribedAt(Slot program, Slot host) => $"{program}, described at {host}";
        internal override Phrase ProgramReachedThrough(Slot forwarder) =>
            $"A program on this device, reached through {forwarder}";
        internal override Phrase ForwardedProgramDescribedAt(Slot forwarder, Slot host) =>
            $"A program on this device, reached through {forwarder}, described at {host}";
        internal override Phrase AppOn(Slot device, Slot scheme) => $"An app on {device} that opens {scheme} links";
        internal override Phrase AppDescribedAt(Slot scheme, Slot host) =>
            $"An app on this device that opens {scheme} links, described at {host}";
        internal override string VouchedFor => "confirmed";
        internal override string DeviceWarning =>
            "Your answer goes to a program on this device. Allow only if you have just started this yourself.";
        internal override Phrase UnvouchedWarning(Slot host, bool isNamed) => isNamed
            ? $"This program is not verified: its name may be false. Your answer goes to {host}. Allow only if you know it."
            : (Phrase)$"This program is not verified. Your answer goes to {host}. Allow only if you know it.";
        internal override string ImitationWarning =>
            "The name of this program looks like the name of a well-known one, so it is not shown.";
        internal override string NameWarning =>
            "The name of this program has characters that could be mistaken for others, so it is not shown.";
        internal override string SignedInAs => "Signed in as";
        internal override string NotYou => "Switch account";
        internal override string WillBeAbleTo => "It will be able to";
        internal override string MayUntick => "Untick what you do not want.";
        internal override string MustChoose => "Tick what you want to allow.";
        internal override string New => "new";
        internal override string AlsoAsksTo => "It also asks to";
        internal override string TickSensitive => "These are sensitive. Tick one only if you need it.";
        internal override string WhichOrganization => "For which organisation?";
        internal override string ChooseOne => "Choose one";
        internal override string OnlyLook => "Only look";
        internal override string WhatItAsksFor => "What it asks for";
        internal override string Choose => "Choose";
        internal override string ChooseOneByOne => "Tick each one yourself.";
        internal override string OnlyHere => "Sensitive permissions are only here.";
        internal override Phrase Remember(Slot client, Slot resource) =>
            $"Do not ask me again when {client} connects to {resource}";
        internal override Phrase UseEverything(Slot resource) => $"Use everything that {resource} offers you";

        internal override string Identity(string scope) => scope switch
        {
            "profile" => "See your name, user name, picture, gender and language",
            "email" => "See your e-mail address and whether it is confirmed",
            _ => "Know who you are",
        };

        internal override Phrase AlsoLearn(Slot resource, Slot client, Slot claims) =>
            $"{resource} and {client} also learn: {claims}.";

        internal override string Claim(string claim, bool isEmail, bool canUntick) => claim switch
        {
            "sub" when isEmail => "which account you use, which is named by your e-mail address",
            "sub" => "which account you use",
            "auth_time" => "when and how you signed in",
            "email" => "your e-mail address",
            "name" => "your name",
            "org_id" => "your organisation",
            "roles" => "your roles",
            "groups" => "your groups",
            _ => "further details that your company adds",
        } + (canUntick ? " (unless you untick it)" : "");

        internal override string EndsByItself(TimeSpan lifetime) =>
            $"Access ends by itself after {Rounded(lifetime)}; the program must ask again.";

        internal override string KeepsAccess(TimeSpan lifetime, TimeSpan idle) =>
            $"Access lasts until your company takes it back, at most {Rounded(lifetime)}."
            + (idle < lifetime ? $" It ends earlier when the program has not used it for {Rounded(idle)}." : "");

        internal override string Allow => "Allow";
        internal override string Deny => "Deny";

        internal override string ForDevelopers => "For developers";
        internal override string TellReference => "If you ask for help, give this reference:";
        internal override string StartAgain => "Start again";
        internal override string GoBack => "Go back to the program";
        internal override Phrase LeadsTo(Slot host) => $"The button leads to {host}.";
        internal override Phrase LeadsToDevice(Slot device) => $"The button leads to {device}.";
        internal override Phrase LeadsToApp(Slot scheme) =>
            $"The button opens an app on this device, for links that begin with {scheme}.";
        internal override Phrase LeadsThrough(Slot forwarder) =>
            $"The button leads to a program on this device, through {forwarder}.";

        internal override string FinishedTitle => "You are connected";
        internal override Phrase Finished(Slot resource) =>
            $"The program got access to {resource}. You can close this window.";
        internal override string OneMoment => "One moment";
        internal override string AnswerTravels => "Your answer is on its way to the program. If nothing happens, press Continue.";
        internal override string Continue => "Continue";
        internal override string AnswerReady => "Your answer is ready";
        internal override string AnswerWaits => "It goes to a program on this device, which opens only when you press the button.";

        internal override string HomeTitle => "Latchkey is running";
        internal override string HomeExplanation =>
            "This server signs you in to programs that connect to an MCP server. A program opens its pages for you when they are needed.";
        internal override string ApiReference => "API reference";
        internal override string ApiReferenceIs => "for the operator and the login page";
        internal override string State => "State";
        internal override string StateIs => "for monitoring: whether the server is ready, and what is wrong";
        internal override Phrase GuidesAre(Slot folder) => $"The guides come with the program, in the folder {folder}.";
        internal override string Version => "Version";

        private static string Rounded(TimeSpan time) => TimeAmount.RoundedUp(time).InEnglish();
    }
}
