namespace Latchkey.Server.Languages;

internal abstract partial record AccountTexts
{
    public sealed record English : AccountTexts
    {
        internal override string Title => "Connected programs";
        internal override string Empty => "No program is connected. When you allow one, it appears here.";
        internal override string OnYourDevice => "on your device";
        internal override string Uses => "Uses";
        internal override string MayDo => "It may";
        internal override string Organization => "Organisation";
        internal override Phrase Since(Slot date) => $"Connected since {date}";
        internal override Phrase LastUsed(Slot date) => $"Last used {date}";
        internal override string StaysConnected => "It stays connected until you or your company end it.";
        internal override Phrase EndsOn(Slot date) => $"It ends by itself on {date}.";
        internal override string OnlyNewest => "Only the programs that were used last are shown.";
        internal override string Disconnect => "Disconnect";
        internal override string Change => "Change what it may do";
        internal override string Unknown => "Something here I do not know";
        internal override string DisconnectAll => "Disconnect all";
        internal override string SignOut => "Sign out";
        internal override string EndedTitle => "No longer connected";
        internal override Phrase EndedOn(Slot date) => $"Ended {date}";
        internal override string RememberedTitle => "Connects without asking";
        internal override Phrase Remembered(Slot program, Slot server) => $"{program} connects to {server} without asking you.";
        internal override string AskAgain => "Ask me again";
        internal override Phrase ChangeTitle(Slot program) => $"What may {program} do?";
        internal override string ChangeExplanation => "Untick what it should no longer do. To allow more, connect again in the program.";
        internal override string NothingLeft => "Keep at least one tick. To take everything away, disconnect the program.";
        internal override string Save => "Save";
        internal override string Cancel => "Cancel";
        internal override Phrase DisconnectTitle(Slot program) => $"Disconnect {program}?";
        internal override Phrase DisconnectExplanation(Slot program, Slot server, TimeSpan tail) =>
            $"{program} loses access to {server} at once. For up to {Exact(tail)} it may still finish what it began.";
        internal override string DisconnectAllTitle => "Disconnect all programs?";
        internal override string DisconnectAllExplanation(int programs, TimeSpan tail) =>
            programs == 1
                ? $"One program loses access at once. For up to {Exact(tail)} it may still finish what it began."
                : $"{Number(programs)} programs lose access at once. For up to {Exact(tail)} they may still finish what they began.";
        internal override Phrase UnknownTitle(Slot program) => $"You do not know {program}?";
        internal override Phrase UnknownExplanation(Slot program) =>
            $"{program} is disconnected at once. That you do not know it is recorded for the people who run this service.";
        internal override string UnknownButton => "Disconnect and report";
        internal override Phrase Disconnected(Slot program) => $"{program} is disconnected";
        internal override string BackToList => "Back to the list";
        internal override Phrase AskSupport(Slot contact) => $"Ask {contact} what happened.";
        internal override string AskCompany => "Ask the support of your company what happened.";
        internal override string ChooseTitle => "Which service?";
        internal override string ChooseExplanation => "Choose the service whose programs you want to see. You sign in on its own page.";
        internal override AccountMessage NotOffered => new(
            "This page is not offered here", "Your company shows the connected programs on its own account page.");
        internal override AccountMessage SignedOut => new("You are signed out", "You can close this window.");
        internal override AccountMessage SignInAgain => new(
            "Please sign in again", "You were signed out after a while, and nothing was changed.");
        internal override AccountMessage NoSuchProgram => new("There is no such program", "It is not in your list, or no longer.");
        internal override AccountMessage FormRefused => new(
            "This answer was not accepted", "It came from another page, or from one that is too old. Nothing was changed.");
        internal override string SignIn => "Sign in";

        private static readonly string[] Months =
        [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
        ];

        internal override string Date(DateTimeOffset time) =>
            $"{time.UtcDateTime.Day} {Months[time.UtcDateTime.Month - 1]} {time.UtcDateTime.Year}";

        private static string Exact(TimeSpan time) => TimeAmount.Exact(time).InEnglish();

        private static string Number(int count) => TimeAmount.DigitsOf(count);
    }
}
