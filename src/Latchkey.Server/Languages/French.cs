namespace Latchkey.Server.Languages;

internal abstract partial record Texts
{
    public sealed record French : Texts
    {
        internal override RefusalTexts Refusals { get; } = new RefusalTexts.French();
        internal override AccountTexts Account { get; } = new AccountTexts.French();

        internal override string Footer => "Connexion par Latchkey";
        internal override string Privacy => "Confidentialité";
        internal override string Help => "Aide";
        internal override string Reference => "Référence";
        internal override string Languages => "Langues";
        internal override string ListSeparator => ", ";
        internal override string SentenceSeparator => " ";
        internal override string ThisDevice => "cet appareil";
        internal override string ProgramOnThisDevice => "Un programme sur cet appareil";

        internal override Phrase WantsToUse(Slot client, Slot resource) => $"{client} veut utiliser {resource}";
        internal override Phrase ClaimedWantsToUse(Slot client, Slot resource) =>
            $"Un programme qui dit s’appeler {client} veut utiliser {resource}";
        internal override Phrase ProgramAt(Slot host) => $"Un programme hébergé sur {host}";
        internal override Phrase ProgramDescribedAt(Slot host, Slot answer) =>
            $"Un programme décrit sur {host}. Votre réponse est envoyée à {answer}";
        internal override Phrase ProgramOn(Slot device) => $"Un programme sur {device}";
        internal override Phrase LocalProgramDescribedAt(Slot program, Slot host) => $"{program}, décrit sur {host}";
        internal override Phrase ProgramReachedThrough(Slot forwarder) => $"Un programme sur cet appareil, joint par {forwarder}";
        internal override Phrase ForwardedProgramDescribedAt(Slot forwarder, Slot host) =>
            $"Un programme sur cet appareil, joint par {forwarder}, décrit sur {host}";
        internal override Phrase AppOn(Slot device, Slot scheme) => $"Une application sur {device} qui ouvre les liens {scheme}";
        internal override Phrase AppDescribedAt(Slot scheme, Slot host) =>
            $"Une application sur cet appareil qui ouvre les liens {scheme}, décrite sur {host}";
        internal override string VouchedFor => "confirmé";
        internal override string DeviceWarning =>
            "Votre réponse est envoyée à un programme sur cet appareil. N’autorisez que si vous venez de le lancer vous-même.";
        internal override Phrase UnvouchedWarning(Slot host, bool isNamed) => isNamed
            ? (Phrase)($"Ce programme n’a pas été vérifié\u00a0: son nom peut être faux. Votre réponse est envoyée à {host}. "
                + $"N’autorisez que si vous le connaissez.")
            : (Phrase)$"Ce programme n’a pas été vérifié. Votre réponse est envoyée à {host}. N’autorisez que si vous le connaissez.";
        internal override string ImitationWarning =>
            "Le nom de ce programme ressemble à celui d’un programme connu. Il n’est donc pas affiché.";
        internal override string NameWarning =>
            "Le nom de ce programme contient des caractères que l’on peut confondre avec d’autres. Il n’est donc pas affiché.";
        internal override string SignedInAs => "Connecté en tant que";
        internal override string NotYou => "Changer de compte";
        internal override string WillBeAbleTo => "Il pourra";
        internal override string MayUntick => "Décochez ce que vous ne voulez pas.";
        internal override string MustChoose => "Cochez ce que vous voulez autoriser.";
        internal override string New => "nouveau";
        internal override string AlsoAsksTo => "Il demande aussi à";
        internal override string TickSensitive => "Ces accès sont sensibles. N’en cochez un que si vous en avez besoin.";
        internal override string WhichOrganization => "Pour quelle organisation\u00a0?";
        internal override string ChooseOne => "Choisissez-en une";
        internal override string OnlyLook => "Regarder seulement";
        internal override string WhatItAsksFor => "Ce qu’il demande";
        internal override string Choose => "Choisir";
        internal override string ChooseOneByOne => "Cochez vous-même chaque ligne.";
        internal override string OnlyHere => "Les accès sensibles se trouvent seulement ici.";
        internal override Phrase Remember(Slot client, Slot resource) =>
            $"Ne plus me demander quand {client} se connecte à {resource}";
        internal override Phrase UseEverything(Slot resource) => $"Utiliser tout ce que {resource} vous propose";

        internal override string Identity(string scope) => scope switch
        {
            "profile" => "Voir votre nom, votre nom d’utilisateur, votre photo, votre genre et votre langue",
            "email" => "Voir votre adresse e-mail et si elle est confirmée",
            _ => "Savoir qui vous êtes",
        };

        internal override Phrase AlsoLearn(Slot resource, Slot client, Slot claims) =>
            $"{resource} et {client} apprennent aussi\u00a0: {claims}.";

        internal override string Claim(string claim, bool isEmail, bool canUntick) => claim switch
        {
            "sub" when isEmail => "quel compte vous utilisez, qui porte le nom de votre adresse e-mail",
            "sub" => "quel compte vous utilisez",
            "auth_time" => "quand et comment vous vous êtes connecté",
            "email" => "votre adresse e-mail",
            "name" => "votre nom",
            "org_id" => "votre organisation",
            "roles" => "vos rôles",
            "groups" => "vos groupes",
            _ => "d’autres informations que votre entreprise ajoute",
        } + (canUntick ? " (sauf si vous le décochez)" : "");

        internal override string EndsByItself(TimeSpan lifetime) =>
            $"L’accès prend fin de lui-même après {Amount(TimeAmount.RoundedUp(lifetime))}. Le programme doit alors demander de nouveau.";

        internal override string KeepsAccess(TimeSpan lifetime, TimeSpan idle) =>
            $"L’accès dure jusqu’à ce que votre entreprise y mette fin, au plus {Amount(TimeAmount.RoundedUp(lifetime))}."
            + (idle < lifetime
                ? $" Il prend fin plus tôt si le programme ne l’a pas utilisé pendant {Amount(TimeAmount.RoundedUp(idle))}."
                : "");

        internal override string Allow => "Autoriser";
        internal override string Deny => "Refuser";

        internal override string ForDevelopers => "Pour les développeurs";
        internal override string TellReference => "Si vous demandez de l’aide, indiquez cette référence\u00a0:";
        internal override string StartAgain => "Recommencer";
        internal override string GoBack => "Retourner au programme";
        internal override Phrase LeadsTo(Slot host) => $"Le bouton mène à {host}.";
        internal override Phrase LeadsToDevice(Slot device) => $"Le bouton mène à {device}.";
        internal override Phrase LeadsToApp(Slot scheme) =>
            $"Le bouton ouvre une application sur cet appareil, pour les liens qui commencent par {scheme}.";
        internal override Phrase LeadsThrough(Slot forwarder) =>
            $"Le bouton mène à un programme sur cet appareil, en passant par {forwarder}.";

        internal override string FinishedTitle => "Vous êtes connecté";
        internal override Phrase Finished(Slot resource) =>
            $"Le programme a reçu l’accès à {resource}. Vous pouvez fermer cette fenêtre.";
        internal override string OneMoment => "Un instant";
        internal override string AnswerTravels =>
            "Votre réponse est en route vers le programme. Si rien ne se passe, appuyez sur «\u00a0Continuer\u00a0».";
        internal override string Continue => "Continuer";
        internal override string AnswerReady => "Votre réponse est prête";
        internal override string AnswerWaits =>
            "Elle est destinée à un programme sur cet appareil, qui ne s’ouvre que si vous appuyez sur le bouton.";

        internal override string HomeTitle => "Latchkey fonctionne";
        internal override string HomeExplanation =>
            "Ce serveur vous connecte aux programmes qui utilisent un serveur MCP. "
            + "Un programme ouvre ses pages pour vous quand elles sont nécessaires.";
        internal override string ApiReference => "Référence de l’API";
        internal override string ApiReferenceIs => "pour l’exploitant et la page de connexion";
        internal override string State => "État";
        internal override string StateIs => "pour la surveillance\u00a0: si le serveur est prêt, et ce qui ne va pas";
        internal override Phrase GuidesAre(Slot folder) => $"Les guides sont fournis avec le programme, dans le dossier {folder}.";
        internal override string Version => "Version";

        internal static string Amount(TimeAmount amount) => amount.IsOne
            ? amount.Unit switch
            {
                TimeUnit.Second => "une seconde",
                TimeUnit.Minute => "une minute",
                TimeUnit.Hour => "une heure",
                _ => "un jour",
            }
            : amount.Unit switch
            {
                TimeUnit.Second => $"{amount.Digits} secondes",
                TimeUnit.Minute => $"{amount.Digits} minutes",
                TimeUnit.Hour => $"{amount.Digits} heures",
                _ => $"{amount.Digits} jours",
            };
    }
}
