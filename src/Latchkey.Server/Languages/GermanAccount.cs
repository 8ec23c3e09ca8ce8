namespace Latchkey.Server.Languages;

internal abstract partial record AccountTexts
{
    public sealed record German : AccountTexts
    {
        internal override string Title => "Verbundene Programme";
        internal override string Empty => "Kein Programm ist verbunden. Wenn Sie eines erlauben, erscheint es hier.";
        internal override string OnYourDevice => "auf Ihrem Gerät";
        internal override string Uses => "Verwendet";
        internal override string MayDo => "Es darf";
        internal override string Organization => "Organisation";
        internal override Phrase Since(Slot date) => $"Verbunden seit {date}";
        internal override Phrase LastUsed(Slot date) => $"Zuletzt benutzt: {date}";
        internal override string StaysConnected => "Es bleibt verbunden, bis Sie oder Ihr Unternehmen es beenden.";
        internal override Phrase EndsOn(Slot date) => $"Es endet von selbst am {date}.";
        internal override string OnlyNewest => "Nur die zuletzt benutzten Programme werden gezeigt.";
        internal override string Disconnect => "Trennen";
        internal override string Change => "Ändern, was es darf";
        internal override string Unknown => "Etwas hier kenne ich nicht";
        internal override string DisconnectAll => "Alle trennen";
        internal override string SignOut => "Abmelden";
        internal override string EndedTitle => "Nicht mehr verbunden";
        internal override Phrase EndedOn(Slot date) => $"Beendet am {date}";
        internal override string RememberedTitle => "Verbindet sich ohne Frage";
        internal override Phrase Remembered(Slot program, Slot server) => $"{program} verbindet sich mit {server}, ohne Sie zu fragen.";
        internal override string AskAgain => "Wieder fragen";
        internal override Phrase ChangeTitle(Slot program) => $"Was darf {program}?";
        internal override string ChangeExplanation =>
            "Entfernen Sie das Häkchen bei allem, was es nicht mehr darf. Um mehr zu erlauben, verbinden Sie sich im Programm erneut.";
        internal override string NothingLeft => "Lassen Sie mindestens ein Häkchen. Um alles zu entziehen, trennen Sie das Programm.";
        internal override string Save => "Speichern";
        internal override string Cancel => "Abbrechen";
        internal override Phrase DisconnectTitle(Slot program) => $"{program} trennen?";
        internal override Phrase DisconnectExplanation(Slot program, Slot server, TimeSpan tail) =>
            $"{program} verliert sofort den Zugriff auf {server}; bis zu {Exact(tail)} lang kann es noch beenden, was es begonnen hat.";
        internal override string DisconnectAllTitle => "Alle Programme trennen?";
        internal override string DisconnectAllExplanation(int programs, TimeSpan tail) =>
            programs == 1
                ? $"Ein Programm verliert sofort den Zugriff; bis zu {Exact(tail)} lang kann es noch beenden, was es begonnen hat."
                : $"{Number(programs)} Programme verlieren sofort den Zugriff; bis zu {Exact(tail)} lang können sie noch beenden, was "
                    + $"sie begonnen haben.";
        internal override Phrase UnknownTitle(Slot program) => $"Sie kennen {program} nicht?";
        internal override Phrase UnknownExplanation(Slot program) =>
            $"{program} wird sofort getrennt. Dass Sie es nicht kennen, wird für den Betreiber dieses Dienstes festgehalten.";
        internal override string UnknownButton => "Trennen und melden";
        internal override Phrase Disconnected(Slot program) => $"{program} ist getrennt";
        internal override string BackToList => "Zurück zur Liste";
        internal override Phrase AskSupport(Slot contact) => $"Fragen Sie {contact}, was geschehen ist.";
        internal override string AskCompany => "Fragen Sie den Support Ihres Unternehmens, was geschehen ist.";
        internal override string ChooseTitle => "Welcher Dienst?";
        internal override string ChooseExplanation =>
            "Wählen Sie den Dienst, dessen Programme Sie sehen möchten. Sie melden sich auf seiner eigenen Seite an.";
        internal override AccountMessage NotOffered => new(
            "Diese Seite wird hier nicht angeboten", "Ihr Unternehmen zeigt die verbundenen Programme auf seiner eigenen Kontoseite.");
        internal override AccountMessage SignedOut => new("Sie sind abgemeldet", "Sie können dieses Fenster schließen.");
        internal override AccountMessage SignInAgain => new(
            "Bitte melden Sie sich erneut an", "Sie wurden nach einiger Zeit abgemeldet, und nichts wurde geändert.");
        internal override AccountMessage NoSuchProgram => new(
            "Dieses Programm gibt es nicht", "Es steht nicht oder nicht mehr in Ihrer Liste.");
        internal override AccountMessage FormRefused => new(
            "Diese Antwort wurde nicht angenommen",
            "Sie kam von einer anderen Seite oder von einer, die zu alt ist. Nichts wurde geändert.");
        internal override string SignIn => "Anmelden";

        internal override string Date(DateTimeOffset time) =>
            $"{time.UtcDateTime.Day}. {Months[time.UtcDateTime.Month - 1]} {time.UtcDateTime.Year}";

        private static readonly string[] Months =
        [
            "Januar", "Februar", "März", "April", "Mai", "Juni",
            "Juli", "August", "September", "Oktober", "November", "Dezember",
        ];

        private static string Exact(TimeSpan time) => Texts.German.Accusative(TimeAmount.Exact(time));

        private static string Number(int count) => TimeAmount.DigitsOf(count);
    }
}
