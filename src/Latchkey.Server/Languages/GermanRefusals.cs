namespace Latchkey.Server.Languages;

public abstract partial record RefusalTexts
{
    public sealed record German : RefusalTexts
    {
        private const string StartAgain = "Gehen Sie zurück zu dem Programm, aus dem Sie kommen, und verbinden Sie sich erneut.";
        private const string StartAgainOrReport =
            "Gehen Sie zurück zu dem Programm, aus dem Sie kommen, und verbinden Sie sich erneut. "
            + "Geschieht dies wieder, senden Sie die Kennung unten an dessen Support.";
        private const string NotAccepted = "Dieser Dienst lässt dieses Programm nicht zu";
        private const string NotVerified = "Dieses Programm konnte nicht geprüft werden";
        private const string OtherBrowser = "Diese Anmeldung wurde in einem anderen Browser begonnen";
        private const string Over = "Diese Anmeldung ist beendet";
        private const string MaybeTrick =
            "Wenn Sie sie nicht selbst begonnen haben, schließen Sie diese Seite. Vielleicht will jemand Sie mit dem Link täuschen. "
            + "Andernfalls verbinden Sie sich erneut und bleiben Sie in einem Browser.";

        internal override RefusalText MissingClient => new(
            "Dieser Link ist unvollständig", "Das Programm, das Sie hierher geschickt hat, hat nicht gesagt, welches Programm es ist.",
            StartAgainOrReport);

        internal override RefusalText RepeatedClient => new(
            "Dieser Link ist ungültig", "Das Programm, das Sie hierher geschickt hat, hat sich mehr als einmal ausgewiesen.",
            StartAgainOrReport);

        internal override RefusalText UnknownClient => new(
            "Unbekanntes Programm",
            "Das Programm, das Sie hierher geschickt hat, ist hier nicht registriert, oder seine Registrierung wurde entfernt.",
            StartAgainOrReport);

        internal override RefusalText RepeatedRedirectUri => new(
            "Dieser Link ist ungültig", "Das Programm, das Sie hierher geschickt hat, hat seine Adresse mehr als einmal angegeben.",
            StartAgainOrReport);

        internal override RefusalText MissingRedirectUri => new(
            "Dieser Link ist unvollständig",
            "Das Programm, das Sie hierher geschickt hat, hat nicht gesagt, wohin Sie zurückgeleitet werden sollen.", StartAgainOrReport);

        internal override RefusalText UnregisteredRedirectUri => new(
            "Die Adresse dieses Programms ist nicht registriert",
            "Das Programm will Sie an eine Adresse zurückleiten, die es nicht registriert hat. Es wurde hier angehalten.",
            StartAgainOrReport);

        internal override RefusalText RedirectUriNotAllowed => new(
            "Die Adresse dieses Programms ist nicht erlaubt",
            "Das Programm will Sie an eine Adresse zurückleiten, die dieser Dienst nicht erlaubt. Es wurde hier angehalten.",
            StartAgainOrReport);

        internal override RefusalText ClientOfAnotherResource => new(
            "Dieses Programm ist für einen anderen Dienst registriert",
            "Das Programm, das Sie hierher geschickt hat, ist für einen anderen Dienst registriert und funktioniert nur dort.",
            StartAgainOrReport);

        internal override RefusalText ClientNotAdded => new(
            NotAccepted, "Der Dienst, den Sie erreichen möchten, lässt nur Programme zu, die sein Betreiber hinzugefügt hat.",
            "Bitten Sie den Betreiber des Dienstes, das Programm hinzuzufügen.");

        internal override RefusalText ClientNotApproved => new(
            NotAccepted, "Der Dienst, den Sie erreichen möchten, lässt nur Programme zu, die sein Betreiber freigegeben hat.",
            "Bitten Sie den Betreiber des Dienstes, das Programm freizugeben.");

        internal override RefusalText NoConnection => new(
            "Die Anmeldung ist nicht eingerichtet", "Der Dienst, den Sie erreichen möchten, hat noch keine Anmeldeseite.",
            "Bitten Sie den Betreiber des Dienstes, sie einzurichten.");

        internal override RefusalText TooManySignIns(int seconds) => new(
            "Zu viele Anmeldungen", "Aus Ihrem Netzwerk wurden in kurzer Zeit viele Anmeldungen begonnen.", Wait(seconds));

        internal override RefusalText TooManySignInsOfServer(int seconds) => new(
            "Zu viele Anmeldungen", "Bei diesem Dienst wurden in kurzer Zeit viele Anmeldungen begonnen.", Wait(seconds));

        internal override RefusalText StateTooLong => new(
            "Dieser Link ist zu lang", "Das Programm, das Sie hierher geschickt hat, hat dem Link zu viele Daten mitgegeben.",
            StartAgainOrReport);

        internal override RefusalText UnknownResource => new(
            "Unbekannter Dienst", "Die Adresse, an die Sie geschickt wurden, gehört zu keinem Dienst.", StartAgainOrReport);

        internal override RefusalText UnreadableParameters => new(
            "Diese Anfrage ist ungültig",
            "Das Programm, das Sie hierher geschickt hat, hat eine Anfrage in einem unbekannten Format gesendet.", StartAgainOrReport);

        internal override RefusalText UnknownRequestUri => new(
            "Dieser Link gilt nur einmal", "Der Link wurde schon benutzt, ist zu alt oder gehört zu einem anderen Programm.", StartAgain);

        internal override RefusalText SignInRequired => new(
            "Sie müssen sich anmelden",
            "Das Programm, das Sie hierher geschickt hat, wollte Zugriff, ohne Ihnen eine Seite zu zeigen. Das ist nicht möglich. "
            + "Es hat keinen Zugriff erhalten.",
            "Sie können zum Programm zurückgehen. Es erfährt, dass Sie sich anmelden müssen.");

        internal override RefusalText ClientMistake => new(
            "Dieses Programm hat eine ungültige Anfrage gesendet",
            "Das Programm, das Sie hierher geschickt hat, hat einen Fehler gemacht. Es hat auf nichts Zugriff erhalten.",
            "Sie können zum Programm zurückgehen. Es erfährt, was falsch ist.");

        internal override RefusalText ClientBlocked => new(
            "Dieses Programm ist gesperrt", "Der Betreiber des Dienstes hat dieses Programm gesperrt.",
            "Wenn Sie dieses Programm brauchen, wenden Sie sich an den Betreiber des Dienstes.");

        internal override RefusalText TooManyFetchesAtOnce => new(
            "Bitte versuchen Sie es noch einmal", "Der Server prüft gerade zu viele neue Programme.",
            "Warten Sie einige Sekunden und laden Sie diese Seite neu.");

        internal override RefusalText TooManyFetches(int seconds) => new(
            "Bitte versuchen Sie es noch einmal", "Aus Ihrem Netzwerk wurden in kurzer Zeit viele neue Programme benutzt.",
            Wait(seconds));

        internal override RefusalText TooManyFetchesOfServer(int seconds) => new(
            "Bitte versuchen Sie es noch einmal", "Bei diesem Dienst wurden in kurzer Zeit viele neue Programme benutzt.", Wait(seconds));

        internal override RefusalText DocumentHostNotAccepted(Slot host) => new(
            NotAccepted, $"Der Dienst, den Sie erreichen möchten, lässt keine Programme von {host} zu.",
            "Bitten Sie den Betreiber des Dienstes, das Programm zuzulassen.");

        internal override RefusalText DocumentUnavailable => new(
            NotVerified, "Die Beschreibung, die das Programm im Internet veröffentlicht, konnte nicht gelesen werden.",
            StartAgainOrReport);

        internal override RefusalText DocumentUnavailableAt(Slot url) => new(
            NotVerified, $"Die Beschreibung, die das Programm unter {url} veröffentlicht, konnte nicht gelesen werden.",
            StartAgainOrReport);

        internal override RefusalText DocumentUnreachable(Slot url) => new(
            NotVerified,
            $"Die Beschreibung, die das Programm unter {url} veröffentlicht, konnte nicht gelesen werden. "
            + $"Dieser Server kann das Internet nicht erreichen.",
            StartAgainOrReport);

        internal override RefusalText DocumentInvalid => new(
            NotVerified, "Die Beschreibung, die das Programm im Internet veröffentlicht, ist ungültig.", StartAgainOrReport);

        internal override RefusalText UnknownConnection => new(
            "Unbekannte Adresse", "Die Anmeldeseite hat Sie an eine Adresse zurückgeschickt, die es nicht gibt.", StartAgain);

        internal override RefusalText UnknownState => new(
            "Unbekannte Anmeldung",
            "Der Link ist unvollständig, wurde verändert oder gehört zu einer Anmeldung, die schon lange beendet ist.", StartAgain);

        internal override RefusalText ForeignBrowser => new(
            OtherBrowser,
            "Zu Ihrer Sicherheit muss eine Anmeldung in dem Browser beendet werden, in dem sie begonnen wurde. "
            + "Diese wurde in einem anderen Browser begonnen, deshalb ist hier nichts geschehen.",
            MaybeTrick);

        internal override RefusalText ForeignBrowserStopped => new(
            OtherBrowser,
            "Zu Ihrer Sicherheit muss eine Anmeldung in dem Browser beendet werden, in dem sie begonnen wurde. "
            + "Diese wurde in einem anderen Browser begonnen, deshalb wurde sie angehalten.",
            MaybeTrick);

        internal override RefusalText ForeignBrowserLate => new(
            Over,
            "Die Anmeldung, von der Sie zurückkommen, hat zu lange gedauert oder wurde in einem anderen Browser begonnen.", StartAgain);

        internal override RefusalText NotReported => new(
            "Die Anmeldung wurde nicht beendet", "Die Anmeldeseite hat Sie zurückgeschickt, bevor sie mitgeteilt hat, wer Sie sind.",
            StartAgain);

        internal override RefusalText ProofMissing => new(
            "Die Anmeldung konnte nicht bestätigt werden",
            "Die Anmeldeseite hat Sie ohne die nötige Bestätigung zurückgeschickt, deshalb wurde die Anmeldung angehalten.", StartAgain);

        internal override RefusalText NotSignedIn => new(
            "Sie wurden nicht angemeldet",
            "Die Anmeldeseite hat Sie nicht angemeldet, deshalb hat das Programm keinen Zugriff erhalten.",
            "Sie können zum Programm zurückgehen. Es erfährt, dass Sie nicht angemeldet wurden.");

        internal override RefusalText NoLongerOffered => new(
            "Diese Anfrage gilt nicht mehr",
            "Das Programm oder der Dienst wurde geändert oder entfernt, während Sie sich angemeldet haben.", StartAgain);

        internal override RefusalText ConnectionDisabled => new(
            "Diese Anmeldeseite wird nicht mehr benutzt",
            "Der Dienst, den Sie erreichen möchten, benutzt die Anmeldeseite nicht mehr, von der Sie kommen.",
            "Verbinden Sie sich erneut, oder wenden Sie sich an den Betreiber des Dienstes.");

        internal override RefusalText SignInOver => new(Over, "Sie wurde schon angehalten, und kein Zugriff wurde erlaubt.", StartAgain);

        internal override RefusalText LoginTooLate(TimeSpan lifetime) => new(
            "Diese Anmeldung hat zu lange gedauert",
            $"Zu Ihrer Sicherheit haben Sie {Texts.German.Accusative(TimeAmount.Exact(lifetime))} Zeit, "
            + "sich auf der Anmeldeseite anzumelden.",
            StartAgain);

        internal override RefusalText ReturnTooLate => new(
            "Sie sind zu spät zurückgekommen",
            "Sie haben sich angemeldet, aber danach hat es zu lange gedauert, hierher zurückzukommen.", StartAgain);

        internal override RefusalText ConsentTooLate(TimeSpan lifetime) => new(
            "Ihre Antwort kam zu spät",
            "Zu Ihrer Sicherheit bleibt die Frage, ob Sie Zugriff erlauben, nur "
            + $"{Texts.German.Accusative(TimeAmount.Exact(lifetime))} lang offen.",
            StartAgain);

        internal override RefusalText CodeTooLate => new(
            "Diese Anmeldung ist abgeschlossen", "Sie haben geantwortet, aber das Programm hat die Antwort nicht rechtzeitig abgeholt.",
            StartAgain);

        internal override RefusalText ConsentOfAnotherBrowser => new(
            OtherBrowser,
            "Sie können nur in dem Browser antworten, in dem die Anmeldung begonnen wurde, und nur, bis sie abläuft.", StartAgain);

        internal override RefusalText ForeignOrigin => new(
            "Diese Antwort kam von einer anderen Seite",
            "Zu Ihrer Sicherheit wird eine Antwort nur von der Seite angenommen, die Sie gefragt hat.", StartAgain);

        internal override RefusalText FormTokenMissing => new(
            "Diese Antwort konnte nicht geprüft werden", "Die Seite, auf der Sie geantwortet haben, war unvollständig oder zu alt.",
            "Gehen Sie eine Seite zurück, laden Sie sie neu und antworten Sie noch einmal.");

        internal override RefusalText OrganizationMissing => new(
            "Wählen Sie eine Organisation", "Sie gehören zu mehreren Organisationen und haben keine davon gewählt.",
            "Gehen Sie eine Seite zurück, wählen Sie eine und antworten Sie noch einmal.");

        internal override RefusalText OrganizationUnknown => new(
            "Diese Organisation kann nicht gewählt werden", "Die Seite, auf der Sie geantwortet haben, wurde verändert.",
            "Gehen Sie eine Seite zurück, laden Sie sie neu und antworten Sie noch einmal.");

        internal override RefusalText NoDecision => new(
            "Es wurde keine Antwort gegeben",
            "Die Seite, auf der Sie geantwortet haben, hat nicht gesagt, ob Sie erlauben oder ablehnen.",
            "Gehen Sie eine Seite zurück und drücken Sie eine der Schaltflächen.");

        internal override RefusalText Framed => new(
            "Diese Seite kann nicht in einer anderen Seite gezeigt werden",
            "Zu Ihrer Sicherheit wird diese Seite nur in einem eigenen Fenster gezeigt.", StartAgain);

        internal override RefusalText NotANavigation => new(
            "Diese Seite muss in einem Fenster geöffnet werden",
            "Die Adresse wurde von einer anderen Seite im Hintergrund geladen, als Bild oder durch ein Skript.", StartAgain);

        internal override RefusalText Prefetched => new(
            "Diese Seite wurde nicht im Voraus geladen", "Diese Adresse funktioniert nur, wenn Sie sie selbst öffnen.", StartAgain);

        internal override RefusalText TooManyRequests(int seconds) => new(
            "Zu viele Anfragen", "Aus Ihrem Netzwerk kamen in kurzer Zeit viele Anfragen.", Wait(seconds));

        internal override RefusalText StorageAway => new(
            "Einen Moment", "Der Anmeldedienst kann seinen Speicher gerade nicht erreichen.",
            "Warten Sie einige Sekunden und laden Sie diese Seite neu. Nichts ist verloren gegangen.");

        internal override RefusalText StorageRefusesWrites => new(
            "Die Anmeldung ist gerade nicht möglich",
            "Der Anmeldedienst kann zurzeit nichts speichern. Was Sie jetzt tun, hätte keinen Bestand.",
            "Versuchen Sie es später noch einmal. Dauert es an, wenden Sie sich an den Betreiber dieses Dienstes. "
            + "Nichts ist verloren gegangen.");

        internal override RefusalText NotFound => new(
            "Unter dieser Adresse gibt es keine Seite", "Vielleicht ist die Adresse falsch geschrieben, oder der Link ist veraltet.",
            StartAgain);

        internal override RefusalText InternalError => new(
            "Hier ist etwas schiefgegangen", "Im Anmeldedienst ist ein Fehler aufgetreten. Er wurde aufgezeichnet.", StartAgain);

        internal override RefusalText UnreadableRequest => new(
            "Diese Anfrage kann nicht gelesen werden", "Ihr Browser hat eine Anfrage gesendet, die beschädigt oder zu groß ist.",
            StartAgain);

        private static string Wait(int seconds) =>
            $"Warten Sie {Texts.German.Accusative(TimeAmount.Seconds(seconds))} und laden Sie diese Seite neu.";
    }
}
