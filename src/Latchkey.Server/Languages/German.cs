namespace Latchkey.Server.Languages;

internal abstract partial record Texts
{
    public sealed record German : Texts
    {
        internal override RefusalTexts Refusals { get; } = new RefusalTexts.German();
        internal override AccountTexts Account { get; } = new AccountTexts.German();

        internal override string Footer => "Anmeldung mit Latchkey";
        internal override string Privacy => "Datenschutz";
        internal override string Help => "Hilfe";
        internal override string Reference => "Kennung";
        internal override string Languages => "Sprachen";
        internal override string ListSeparator => ", ";
        internal override string SentenceSeparator => " ";
        internal override string ThisDevice => "diesem Gerät";
        internal override string ProgramOnThisDevice => "Ein Programm auf diesem Gerät";

        internal override Phrase WantsToUse(Slot client, Slot resource) => $"{client} möchte {resource} verwenden";
        internal override Phrase ClaimedWantsToUse(Slot client, Slot resource) =>
            $"Ein Programm, das sich {client} nennt, möchte {resource} verwenden";
        internal override Phrase ProgramAt(Slot host) => $"Ein Programm bei {host}";
        internal override Phrase ProgramDescribedAt(Slot host, Slot answer) =>
            $"Ein Programm, das bei {host} beschrieben ist. Ihre Antwort geht an {answer}";
        internal override Phrase ProgramOn(Slot device) => $"Ein Programm auf {device}";
        internal override Phrase LocalProgramDescribedAt(Slot program, Slot host) => $"{program}, beschrieben bei {host}";
        internal override Phrase ProgramReachedThrough(Slot forwarder) => $"Ein Programm auf diesem Gerät, erreicht über {forwarder}";
        internal override Phrase ForwardedProgramDescribedAt(Slot forwarder, Slot host) =>
            $"Ein Programm auf diesem Gerät, erreicht über {forwarder}, beschrieben bei {host}";
        internal override Phrase AppOn(Slot device, Slot scheme) => $"Eine App auf {device}, die Links mit {scheme} öffnet";
        internal override Phrase AppDescribedAt(Slot scheme, Slot host) =>
            $"Eine App auf diesem Gerät, die Links mit {scheme} öffnet, beschrieben bei {host}";
        internal override string VouchedFor => "bestätigt";
        internal override string DeviceWarning =>
            "Ihre Antwort geht an ein Programm auf diesem Gerät. Erlauben Sie dies nur, wenn Sie es gerade selbst gestartet haben.";
        internal override Phrase UnvouchedWarning(Slot host, bool isNamed) => isNamed
            ? (Phrase)($"Dieses Programm ist nicht geprüft: Sein Name kann falsch sein. Ihre Antwort geht an {host}. "
                + $"Erlauben Sie dies nur, wenn Sie es kennen.")
            : (Phrase)$"Dieses Programm ist nicht geprüft. Ihre Antwort geht an {host}. Erlauben Sie dies nur, wenn Sie es kennen.";
        internal override string ImitationWarning =>
            "Der Name dieses Programms ähnelt dem Namen eines bekannten Programms und wird deshalb nicht gezeigt.";
        internal override string NameWarning =>
            "Der Name dieses Programms enthält Zeichen, die mit anderen verwechselt werden können, und wird deshalb nicht gezeigt.";
        internal override string SignedInAs => "Angemeldet als";
        internal override string NotYou => "Konto wechseln";
        internal override string WillBeAbleTo => "Es darf dann";
        internal override string MayUntick => "Entfernen Sie das Häkchen bei allem, was Sie nicht möchten.";
        internal override string MustChoose => "Setzen Sie ein Häkchen bei allem, was Sie erlauben möchten.";
        internal override string New => "neu";
        internal override string AlsoAsksTo => "Es möchte außerdem";
        internal override string TickSensitive => "Das ist heikel. Setzen Sie nur dort ein Häkchen, wo Sie es brauchen.";
        internal override string WhichOrganization => "Für welche Organisation?";
        internal override string ChooseOne => "Bitte wählen";
        internal override string OnlyLook => "Nur ansehen";
        internal override string WhatItAsksFor => "Alles, was es möchte";
        internal override string Choose => "Auswählen";
        internal override string ChooseOneByOne => "Setzen Sie jedes Häkchen selbst.";
        internal override string OnlyHere => "Heikles finden Sie nur hier.";
        internal override Phrase Remember(Slot client, Slot resource) =>
            $"Nicht erneut fragen, wenn {client} sich mit {resource} verbindet";
        internal override Phrase UseEverything(Slot resource) => $"Alles benutzen, was {resource} Ihnen bietet";

        internal override string Identity(string scope) => scope switch
        {
            "profile" => "Ihren Namen, Ihren Benutzernamen, Ihr Bild, Ihr Geschlecht und Ihre Sprache sehen",
            "email" => "Ihre E-Mail-Adresse sehen, und ob sie bestätigt ist",
            _ => "Wissen, wer Sie sind",
        };

        internal override Phrase AlsoLearn(Slot resource, Slot client, Slot claims) =>
            $"{resource} und {client} erfahren außerdem: {claims}.";

        internal override string Claim(string claim, bool isEmail, bool canUntick) => claim switch
        {
            "sub" when isEmail => "welches Konto Sie benutzen, das den Namen Ihrer E-Mail-Adresse hat",
            "sub" => "welches Konto Sie benutzen",
            "auth_time" => "wann und wie Sie sich angemeldet haben",
            "email" => "Ihre E-Mail-Adresse",
            "name" => "Ihren Namen",
            "org_id" => "Ihre Organisation",
            "roles" => "Ihre Rollen",
            "groups" => "Ihre Gruppen",
            _ => "weitere Angaben, die Ihr Unternehmen hinzufügt",
        } + (canUntick ? " (außer Sie entfernen das Häkchen)" : "");

        internal override string EndsByItself(TimeSpan lifetime) =>
            $"Der Zugriff endet nach {Dative(TimeAmount.RoundedUp(lifetime))} von selbst. Das Programm muss dann erneut fragen.";

        internal override string KeepsAccess(TimeSpan lifetime, TimeSpan idle) =>
            $"Der Zugriff dauert, bis Ihr Unternehmen ihn beendet, höchstens {Accusative(TimeAmount.RoundedUp(lifetime))}."
            + (idle < lifetime
                ? $" Er endet früher, wenn das Programm ihn {Accusative(TimeAmount.RoundedUp(idle))} lang nicht benutzt hat."
                : "");

        internal override string Allow => "Erlauben";
        internal override string Deny => "Ablehnen";

        internal override string ForDevelopers => "Für Entwickler";
        internal override string TellReference => "Wenn Sie um Hilfe bitten, nennen Sie diese Kennung:";
        internal override string StartAgain => "Neu beginnen";
        internal override string GoBack => "Zurück zum Programm";
        internal override Phrase LeadsTo(Slot host) => $"Die Schaltfläche führt zu {host}.";
        internal override Phrase LeadsToDevice(Slot device) => $"Die Schaltfläche führt zu {device}.";
        internal override Phrase LeadsToApp(Slot scheme) =>
            $"Die Schaltfläche öffnet eine App auf diesem Gerät, für Links, die mit {scheme} beginnen.";
        internal override Phrase LeadsThrough(Slot forwarder) =>
            $"Die Schaltfläche führt über {forwarder} zu einem Programm auf diesem Gerät.";

        internal override string FinishedTitle => "Sie sind verbunden";
        internal override Phrase Finished(Slot resource) =>
            $"Das Programm hat Zugriff auf {resource} erhalten. Sie können dieses Fenster schließen.";
        internal override string OneMoment => "Einen Moment";
        internal override string AnswerTravels =>
            "Ihre Antwort ist auf dem Weg zum Programm. Wenn nichts geschieht, drücken Sie „Weiter“.";
        internal override string Continue => "Weiter";
        internal override string AnswerReady => "Ihre Antwort ist bereit";
        internal override string AnswerWaits =>
            "Sie geht an ein Programm auf diesem Gerät, das sich erst öffnet, wenn Sie die Schaltfläche drücken.";

        internal override string HomeTitle => "Latchkey läuft";
        internal override string HomeExplanation =>
            "Dieser Server meldet Sie bei Programmen an, die sich mit einem MCP-Server verbinden. "
            + "Ein Programm öffnet seine Seiten für Sie, wenn sie gebraucht werden.";
        internal override string ApiReference => "API-Referenz";
        internal override string ApiReferenceIs => "für den Betreiber und die Anmeldeseite";
        internal override string State => "Zustand";
        internal override string StateIs => "für die Überwachung: ob der Server bereit ist, und was nicht stimmt";
        internal override Phrase GuidesAre(Slot folder) => $"Die Anleitungen liegen dem Programm bei, im Ordner {folder}.";
        internal override string Version => "Version";

        /// <summary>As in "Sie haben 15 Minuten Zeit".</summary>
        internal static string Accusative(TimeAmount amount) => amount.IsOne
            ? amount.Unit switch
            {
                TimeUnit.Second => "eine Sekunde",
                TimeUnit.Minute => "eine Minute",
                TimeUnit.Hour => "eine Stunde",
                _ => "einen Tag",
            }
            : $"{amount.Digits} {Plural(amount.Unit)}";

        /// <summary>As in "nach 30 Tagen".</summary>
        internal static string Dative(TimeAmount amount) => amount.IsOne
            ? amount.Unit switch
            {
                TimeUnit.Second => "einer Sekunde",
                TimeUnit.Minute => "einer Minute",
                TimeUnit.Hour => "einer Stunde",
                _ => "einem Tag",
            }
            : $"{amount.Digits} {Plural(amount.Unit)}{(amount.Unit == TimeUnit.Day ? "n" : "")}";

        private static string Plural(TimeUnit unit) => unit switch
        {
            TimeUnit.Second => "Sekunden",
            TimeUnit.Minute => "Minuten",
            TimeUnit.Hour => "Stunden",
            _ => "Tage",
        };
    }
}
