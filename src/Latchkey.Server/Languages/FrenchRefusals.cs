namespace Latchkey.Server.Languages;

public abstract partial record RefusalTexts
{
    public sealed record French : RefusalTexts
    {
        private const string StartAgain = "Retournez au programme d’où vous venez et connectez-vous de nouveau.";
        private const string StartAgainOrReport =
            "Retournez au programme d’où vous venez et connectez-vous de nouveau. Si cela se reproduit, envoyez la référence "
            + "ci-dessous à son assistance.";
        private const string NotAccepted = "Ce service n’accepte pas ce programme";
        private const string NotVerified = "Ce programme n’a pas pu être vérifié";
        private const string OtherBrowser = "Cette connexion a été commencée dans un autre navigateur";
        private const string Over = "Cette connexion est terminée";
        private const string TryAgain = "Veuillez réessayer";
        private const string MaybeTrick =
            "Si vous ne l’avez pas commencée vous-même, fermez cette page. Le lien a peut-être été envoyé pour vous tromper. "
            + "Sinon, connectez-vous de nouveau et restez dans le même navigateur.";

        internal override RefusalText MissingClient => new(
            "Ce lien est incomplet", "Le programme qui vous a envoyé ici n’a pas dit quel programme il est.", StartAgainOrReport);

        internal override RefusalText RepeatedClient => new(
            "Ce lien n’est pas valable", "Le programme qui vous a envoyé ici a donné son identité plusieurs fois.", StartAgainOrReport);

        internal override RefusalText UnknownClient => new(
            "Programme inconnu",
            "Le programme qui vous a envoyé ici n’est pas enregistré, ou son enregistrement a été supprimé.", StartAgainOrReport);

        internal override RefusalText RepeatedRedirectUri => new(
            "Ce lien n’est pas valable", "Le programme qui vous a envoyé ici a donné son adresse plusieurs fois.", StartAgainOrReport);

        internal override RefusalText MissingRedirectUri => new(
            "Ce lien est incomplet", "Le programme qui vous a envoyé ici n’a pas dit où vous renvoyer.", StartAgainOrReport);

        internal override RefusalText UnregisteredRedirectUri => new(
            "L’adresse de ce programme n’est pas enregistrée",
            "Le programme veut vous renvoyer vers une adresse qu’il n’a pas enregistrée. Il a été arrêté ici.", StartAgainOrReport);

        internal override RefusalText RedirectUriNotAllowed => new(
            "L’adresse de ce programme n’est pas autorisée",
            "Le programme veut vous renvoyer vers une adresse que ce service n’autorise pas. Il a été arrêté ici.", StartAgainOrReport);

        internal override RefusalText ClientOfAnotherResource => new(
            "Ce programme est enregistré pour un autre service",
            "Le programme qui vous a envoyé ici est enregistré pour un autre service et ne fonctionne que là.", StartAgainOrReport);

        internal override RefusalText ClientNotAdded => new(
            NotAccepted, "Le service que vous voulez atteindre n’accepte que les programmes que son exploitant a ajoutés.",
            "Demandez à l’exploitant du service d’ajouter le programme.");

        internal override RefusalText ClientNotApproved => new(
            NotAccepted, "Le service que vous voulez atteindre n’accepte que les programmes que son exploitant a approuvés.",
            "Demandez à l’exploitant du service d’approuver le programme.");

        internal override RefusalText NoConnection => new(
            "La connexion n’est pas encore possible", "Le service que vous voulez atteindre n’a pas encore de page de connexion.",
            "Demandez à l’exploitant du service de la mettre en place.");

        internal override RefusalText TooManySignIns(int seconds) => new(
            "Trop de connexions", "Beaucoup de connexions ont été commencées depuis votre réseau en peu de temps.", Wait(seconds));

        internal override RefusalText TooManySignInsOfServer(int seconds) => new(
            "Trop de connexions", "Beaucoup de connexions ont été commencées auprès de ce service en peu de temps.", Wait(seconds));

        internal override RefusalText StateTooLong => new(
            "Ce lien est trop long", "Le programme qui vous a envoyé ici a joint trop de données au lien.", StartAgainOrReport);

        internal override RefusalText UnknownResource => new(
            "Service inconnu", "L’adresse où vous avez été envoyé n’appartient à aucun service.", StartAgainOrReport);

        internal override RefusalText UnreadableParameters => new(
            "Cette demande n’est pas valable",
            "Le programme qui vous a envoyé ici a envoyé une demande dans un format inconnu.", StartAgainOrReport);

        internal override RefusalText UnknownRequestUri => new(
            "Ce lien ne fonctionne qu’une fois",
            "Le lien a déjà été utilisé, est trop ancien ou appartient à un autre programme.", StartAgain);

        internal override RefusalText SignInRequired => new(
            "Vous devez vous connecter",
            "Le programme qui vous a envoyé ici a demandé un accès sans vous montrer de page. Ce n’est pas possible. Il n’a reçu "
            + "aucun accès.",
            "Vous pouvez retourner au programme. Il apprendra que vous devez vous connecter.");

        internal override RefusalText ClientMistake => new(
            "Ce programme a envoyé une demande qui n’est pas valable",
            "Le programme qui vous a envoyé ici a fait une erreur. Il n’a reçu aucun accès.",
            "Vous pouvez retourner au programme. Il apprendra ce qui ne va pas.");

        internal override RefusalText ClientBlocked => new(
            "Ce programme est bloqué", "L’exploitant du service a bloqué ce programme.",
            "Si vous avez besoin de ce programme, adressez-vous à l’exploitant du service.");

        internal override RefusalText TooManyFetchesAtOnce => new(
            TryAgain,
            "Le serveur vérifie trop de nouveaux programmes en ce moment.", "Attendez quelques secondes et rechargez cette page.");

        internal override RefusalText TooManyFetches(int seconds) => new(
            TryAgain, "Beaucoup de nouveaux programmes ont été utilisés depuis votre réseau en peu de temps.", Wait(seconds));

        internal override RefusalText TooManyFetchesOfServer(int seconds) => new(
            TryAgain, "Beaucoup de nouveaux programmes ont été utilisés auprès de ce service en peu de temps.", Wait(seconds));

        internal override RefusalText DocumentHostNotAccepted(Slot host) => new(
            NotAccepted, $"Le service que vous voulez atteindre n’accepte pas les programmes de {host}.",
            "Demandez à l’exploitant du service d’accepter le programme.");

        internal override RefusalText DocumentUnavailable => new(
            NotVerified, "La description que le programme publie sur Internet n’a pas pu être lue.", StartAgainOrReport);

        internal override RefusalText DocumentUnavailableAt(Slot url) => new(
            NotVerified, $"La description que le programme publie à l’adresse {url} n’a pas pu être lue.", StartAgainOrReport);

        internal override RefusalText DocumentUnreachable(Slot url) => new(
            NotVerified,
            $"La description que le programme publie à l’adresse {url} n’a pas pu être lue. Ce serveur ne peut pas atteindre Internet.",
            StartAgainOrReport);

        internal override RefusalText DocumentInvalid => new(
            NotVerified, "La description que le programme publie sur Internet n’est pas valable.", StartAgainOrReport);

        internal override RefusalText UnknownConnection => new(
            "Adresse inconnue", "La page de connexion vous a renvoyé vers une adresse qui n’existe pas.", StartAgain);

        internal override RefusalText UnknownState => new(
            "Connexion inconnue",
            "Le lien est incomplet, a été modifié ou appartient à une connexion terminée depuis longtemps.", StartAgain);

        internal override RefusalText ForeignBrowser => new(
            OtherBrowser,
            "Pour votre sécurité, une connexion doit être achevée dans le navigateur où elle a été commencée. Celle-ci a été "
            + "commencée dans un autre navigateur, donc rien ne s’est passé ici.",
            MaybeTrick);

        internal override RefusalText ForeignBrowserStopped => new(
            OtherBrowser,
            "Pour votre sécurité, une connexion doit être achevée dans le navigateur où elle a été commencée. Celle-ci a été "
            + "commencée dans un autre navigateur, donc elle a été arrêtée.",
            MaybeTrick);

        internal override RefusalText ForeignBrowserLate => new(
            Over, "La connexion d’où vous revenez a duré trop longtemps ou a été commencée dans un autre navigateur.", StartAgain);

        internal override RefusalText NotReported => new(
            "La connexion n’a pas été achevée", "La page de connexion vous a renvoyé avant d’indiquer qui vous êtes.", StartAgain);

        internal override RefusalText ProofMissing => new(
            "La connexion n’a pas pu être confirmée",
            "La page de connexion vous a renvoyé sans la confirmation nécessaire, donc la connexion a été arrêtée.", StartAgain);

        internal override RefusalText NotSignedIn => new(
            "Vous n’avez pas été connecté", "La page de connexion ne vous a pas connecté, donc le programme n’a reçu aucun accès.",
            "Vous pouvez retourner au programme. Il apprendra que vous n’avez pas été connecté.");

        internal override RefusalText NoLongerOffered => new(
            "Cette demande n’est plus valable",
            "Le programme ou le service a été modifié ou supprimé pendant que vous vous connectiez.", StartAgain);

        internal override RefusalText ConnectionDisabled => new(
            "Cette page de connexion n’est plus utilisée",
            "Le service que vous voulez atteindre n’utilise plus la page de connexion d’où vous venez.",
            "Connectez-vous de nouveau ou adressez-vous à l’exploitant du service.");

        internal override RefusalText SignInOver => new(Over, "Elle a été arrêtée plus tôt, et aucun accès n’a été accordé.", StartAgain);

        internal override RefusalText LoginTooLate(TimeSpan lifetime) => new(
            "Cette connexion a duré trop longtemps",
            $"Pour votre sécurité, vous avez {Exact(lifetime)} pour vous connecter sur la page de connexion.", StartAgain);

        internal override RefusalText ReturnTooLate => new(
            "Vous êtes revenu trop tard", "Vous vous êtes connecté, mais vous avez ensuite mis trop de temps à revenir ici.", StartAgain);

        internal override RefusalText ConsentTooLate(TimeSpan lifetime) => new(
            "Votre réponse est arrivée trop tard",
            $"Pour votre sécurité, la question de savoir si vous autorisez l’accès ne reste ouverte que {Exact(lifetime)}.", StartAgain);

        internal override RefusalText CodeTooLate => new(
            "Cette connexion est achevée", "Vous avez répondu, mais le programme n’est pas venu chercher la réponse à temps.", StartAgain);

        internal override RefusalText ConsentOfAnotherBrowser => new(
            OtherBrowser,
            "Vous ne pouvez répondre que dans le navigateur où la connexion a été commencée, et seulement jusqu’à son expiration.",
            StartAgain);

        internal override RefusalText ForeignOrigin => new(
            "Cette réponse vient d’une autre page",
            "Pour votre sécurité, une réponse n’est acceptée que depuis la page qui vous l’a demandée.", StartAgain);

        internal override RefusalText FormTokenMissing => new(
            "Cette réponse n’a pas pu être vérifiée", "La page où vous avez répondu était incomplète ou trop ancienne.",
            "Revenez une page en arrière, rechargez-la et répondez de nouveau.");

        internal override RefusalText OrganizationMissing => new(
            "Choisissez une organisation", "Vous appartenez à plusieurs organisations et n’en avez choisi aucune.",
            "Revenez une page en arrière, choisissez-en une et répondez de nouveau.");

        internal override RefusalText OrganizationUnknown => new(
            "Cette organisation ne peut pas être choisie", "La page où vous avez répondu a été modifiée.",
            "Revenez une page en arrière, rechargez-la et répondez de nouveau.");

        internal override RefusalText NoDecision => new(
            "Aucune réponse n’a été donnée", "La page où vous avez répondu n’a pas dit si vous autorisez ou refusez.",
            "Revenez une page en arrière et appuyez sur l’un des boutons.");

        internal override RefusalText Framed => new(
            "Cette page ne peut pas être affichée dans une autre page",
            "Pour votre sécurité, cette page n’est affichée que dans sa propre fenêtre.", StartAgain);

        internal override RefusalText NotANavigation => new(
            "Cette page doit être ouverte dans une fenêtre",
            "L’adresse a été chargée en arrière-plan par une autre page, comme une image ou par un script.", StartAgain);

        internal override RefusalText Prefetched => new(
            "Cette page n’a pas été chargée à l’avance", "Cette adresse ne fonctionne que si vous l’ouvrez vous-même.", StartAgain);

        internal override RefusalText TooManyRequests(int seconds) => new(
            "Trop de demandes", "Beaucoup de demandes sont venues de votre réseau en peu de temps.", Wait(seconds));

        internal override RefusalText StorageAway => new(
            "Un instant", "Le service de connexion ne peut pas atteindre sa mémoire en ce moment.",
            "Attendez quelques secondes et rechargez cette page. Rien n’a été perdu.");

        internal override RefusalText StorageRefusesWrites => new(
            "La connexion n’est pas possible en ce moment",
            "Le service de connexion ne peut rien enregistrer pour le moment. Ce que vous feriez maintenant ne serait pas conservé.",
            "Réessayez plus tard. Si cela dure, prévenez l’exploitant de ce service. Rien n’a été perdu.");

        internal override RefusalText NotFound => new(
            "Il n’y a pas de page à cette adresse", "L’adresse est peut-être mal écrite, ou le lien n’est plus à jour.", StartAgain);

        internal override RefusalText InternalError => new(
            "Une erreur s’est produite ici", "Le service de connexion a rencontré une erreur. Elle a été enregistrée.", StartAgain);

        internal override RefusalText UnreadableRequest => new(
            "Cette demande ne peut pas être lue", "Votre navigateur a envoyé une demande abîmée ou trop volumineuse.", StartAgain);

        private static string Exact(TimeSpan time) => Texts.French.Amount(TimeAmount.Exact(time));

        private static string Wait(int seconds) =>
            $"Attendez {Texts.French.Amount(TimeAmount.Seconds(seconds))} et rechargez cette page.";
    }
}
