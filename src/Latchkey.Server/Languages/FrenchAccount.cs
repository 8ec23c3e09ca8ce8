namespace Latchkey.Server.Languages;

internal abstract partial record AccountTexts
{
    public sealed record French : AccountTexts
    {
        internal override string Title => "Programmes connectés";
        internal override string Empty => "Aucun programme n’est connecté. Quand vous en autorisez un, il apparaît ici.";
        internal override string OnYourDevice => "sur votre appareil";
        internal override string Uses => "Utilise";
        internal override string MayDo => "Il peut";
        internal override string Organization => "Organisation";
        internal override Phrase Since(Slot date) => $"Connecté depuis le {date}";
        internal override Phrase LastUsed(Slot date) => $"Dernière utilisation le {date}";
        internal override string StaysConnected => "Il reste connecté jusqu’à ce que vous ou votre entreprise y mettiez fin.";
        internal override Phrase EndsOn(Slot date) => $"Il prend fin de lui-même le {date}.";
        internal override string OnlyNewest => "Seuls les programmes utilisés en dernier sont affichés.";
        internal override string Disconnect => "Déconnecter";
        internal override string Change => "Modifier ce qu’il peut faire";
        internal override string Unknown => "Il y a ici quelque chose que je ne connais pas";
        internal override string DisconnectAll => "Tout déconnecter";
        internal override string SignOut => "Se déconnecter";
        internal override string EndedTitle => "Plus connectés";
        internal override Phrase EndedOn(Slot date) => $"Terminé le {date}";
        internal override string RememberedTitle => "Se connecte sans demander";
        internal override Phrase Remembered(Slot program, Slot server) => $"{program} se connecte à {server} sans vous demander.";
        internal override string AskAgain => "Me redemander";
        internal override Phrase ChangeTitle(Slot program) => $"Que peut faire {program}\u00a0?";
        internal override string ChangeExplanation =>
            "Décochez ce qu’il ne doit plus faire. Pour autoriser davantage, connectez-vous de nouveau dans le programme.";
        internal override string NothingLeft => "Laissez au moins une case cochée. Pour tout retirer, déconnectez le programme.";
        internal override string Save => "Enregistrer";
        internal override string Cancel => "Annuler";
        internal override Phrase DisconnectTitle(Slot program) => $"Déconnecter {program}\u00a0?";
        internal override Phrase DisconnectExplanation(Slot program, Slot server, TimeSpan tail) =>
            $"{program} perd aussitôt l’accès à {server}. Pendant {Exact(tail)} au plus, il peut encore finir ce qu’il a commencé.";
        internal override string DisconnectAllTitle => "Déconnecter tous les programmes\u00a0?";
        internal override string DisconnectAllExplanation(int programs, TimeSpan tail) =>
            programs == 1
                ? $"Un programme perd aussitôt l’accès. Pendant {Exact(tail)} au plus, il peut encore finir ce qu’il a commencé."
                : $"{Number(programs)} programmes perdent aussitôt l’accès. Pendant {Exact(tail)} au plus, ils peuvent encore finir "
                    + $"ce qu’ils ont commencé.";
        internal override Phrase UnknownTitle(Slot program) => $"Vous ne connaissez pas {program}\u00a0?";
        internal override Phrase UnknownExplanation(Slot program) =>
            $"{program} est aussitôt déconnecté. Le fait que vous ne le connaissez pas est noté pour l’exploitant de ce service.";
        internal override string UnknownButton => "Déconnecter et signaler";
        internal override Phrase Disconnected(Slot program) => $"{program} est déconnecté";
        internal override string BackToList => "Retour à la liste";
        internal override Phrase AskSupport(Slot contact) => $"Demandez à {contact} ce qui s’est passé.";
        internal override string AskCompany => "Demandez à l’assistance de votre entreprise ce qui s’est passé.";
        internal override string ChooseTitle => "Quel service\u00a0?";
        internal override string ChooseExplanation =>
            "Choisissez le service dont vous voulez voir les programmes. Vous vous connectez sur sa propre page.";
        internal override AccountMessage NotOffered => new(
            "Cette page n’est pas proposée ici", "Votre entreprise affiche les programmes connectés sur sa propre page de compte.");
        internal override AccountMessage SignedOut => new("Vous êtes déconnecté", "Vous pouvez fermer cette fenêtre.");
        internal override AccountMessage SignInAgain => new(
            "Veuillez vous connecter de nouveau", "Vous avez été déconnecté après un certain temps, et rien n’a été modifié.");
        internal override AccountMessage NoSuchProgram => new(
            "Ce programme n’existe pas", "Il n’est pas dans votre liste, ou n’y est plus.");
        internal override AccountMessage FormRefused => new(
            "Cette réponse n’a pas été acceptée", "Elle vient d’une autre page, ou d’une page trop ancienne. Rien n’a été modifié.");
        internal override string SignIn => "Se connecter";

        internal override string Date(DateTimeOffset time) =>
            $"{time.UtcDateTime.Day}{(time.UtcDateTime.Day == 1 ? "er" : "")} {Months[time.UtcDateTime.Month - 1]} "
                + $"{time.UtcDateTime.Year}";

        private static readonly string[] Months =
        [
            "janvier", "février", "mars", "avril", "mai", "juin",
            "juillet", "août", "septembre", "octobre", "novembre", "décembre",
        ];

        private static string Exact(TimeSpan time) => Texts.French.Amount(TimeAmount.Exact(time));

        private static string Number(int count) => TimeAmount.DigitsOf(count);
    }
}
