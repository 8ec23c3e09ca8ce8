namespace Latchkey.Server.Languages;

internal abstract partial record Texts
{
    public sealed record Portuguese : Texts
    {
        internal override RefusalTexts Refusals { get; } = new RefusalTexts.Portuguese();
        internal override AccountTexts Account { get; } = new AccountTexts.Portuguese();

        internal override string Footer => "Login com Latchkey";
        internal override string Privacy => "Privacidade";
        internal override string Help => "Ajuda";
        internal override string Reference => "Referência";
        internal override string Languages => "Idiomas";
        internal override string ListSeparator => ", ";
        internal override string SentenceSeparator => " ";
        internal override string ThisDevice => "este dispositivo";
        internal override string ProgramOnThisDevice => "Um programa deste dispositivo";

        internal override Phrase WantsToUse(Slot client, Slot resource) => $"{client} quer usar {resource}";
        internal override Phrase ClaimedWantsToUse(Slot client, Slot resource) =>
            $"Um programa que diz se chamar {client} quer usar {resource}";
        internal override Phrase ProgramAt(Slot host) => $"Um programa de {host}";
        internal override Phrase ProgramDescribedAt(Slot host, Slot answer) =>
            $"Um programa descrito em {host}. Sua resposta vai para {answer}";
        internal override Phrase ProgramOn(Slot device) => $"Um programa que usa {device}";
        internal override Phrase LocalProgramDescribedAt(Slot program, Slot host) => $"{program}, descrito em {host}";
        internal override Phrase ProgramReachedThrough(Slot forwarder) =>
            $"Um programa deste dispositivo, alcançado por meio de {forwarder}";
        internal override Phrase ForwardedProgramDescribedAt(Slot forwarder, Slot host) =>
            $"Um programa deste dispositivo, alcançado por meio de {forwarder}, descrito em {host}";
        internal override Phrase AppOn(Slot device, Slot scheme) => $"Um aplicativo que usa {device} e abre links {scheme}";
        internal override Phrase AppDescribedAt(Slot scheme, Slot host) =>
            $"Um aplicativo deste dispositivo que abre links {scheme}, descrito em {host}";
        internal override string VouchedFor => "confirmado";
        internal override string DeviceWarning =>
            "Sua resposta vai para um programa deste dispositivo. Permita apenas se você mesmo acabou de iniciá-lo.";
        internal override Phrase UnvouchedWarning(Slot host, bool isNamed) => isNamed
            ? (Phrase)($"Este programa não foi verificado: o nome dele pode ser falso. Sua resposta vai para {host}. "
                + $"Permita apenas se você o conhece.")
            : (Phrase)$"Este programa não foi verificado. Sua resposta vai para {host}. Permita apenas se você o conhece.";
        internal override string ImitationWarning =>
            "O nome deste programa se parece com o de um programa conhecido, por isso não é mostrado.";
        internal override string NameWarning =>
            "O nome deste programa tem caracteres que podem ser confundidos com outros, por isso não é mostrado.";
        internal override string SignedInAs => "Você entrou como";
        internal override string NotYou => "Trocar de conta";
        internal override string WillBeAbleTo => "Ele poderá";
        internal override string MayUntick => "Desmarque o que você não quer.";
        internal override string MustChoose => "Marque o que você quer permitir.";
        internal override string New => "novo";
        internal override string AlsoAsksTo => "Ele também pede para";
        internal override string TickSensitive => "Estes são delicados. Marque apenas o que você precisa.";
        internal override string WhichOrganization => "Para qual organização?";
        internal override string ChooseOne => "Escolha uma";
        internal override string OnlyLook => "Somente ver";
        internal override string WhatItAsksFor => "O que ele pede";
        internal override string Choose => "Escolher";
        internal override string ChooseOneByOne => "Marque você mesmo cada um.";
        internal override string OnlyHere => "Os itens delicados estão só aqui.";
        internal override Phrase Remember(Slot client, Slot resource) =>
            $"Não perguntar de novo quando {client} se conectar a {resource}";
        internal override Phrase UseEverything(Slot resource) => $"Usar tudo o que {resource} oferece a você";

        internal override string Identity(string scope) => scope switch
        {
            "profile" => "Ver seu nome, nome de usuário, foto, gênero e idioma",
            "email" => "Ver seu endereço de e-mail e se ele está confirmado",
            _ => "Saber quem você é",
        };

        internal override Phrase AlsoLearn(Slot resource, Slot client, Slot claims) =>
            $"{resource} e {client} também ficam sabendo: {claims}.";

        internal override string Claim(string claim, bool isEmail, bool canUntick) => claim switch
        {
            "sub" when isEmail => "qual conta você usa, que tem o nome do seu endereço de e-mail",
            "sub" => "qual conta você usa",
            "auth_time" => "quando e como você fez login",
            "email" => "seu endereço de e-mail",
            "name" => "seu nome",
            "org_id" => "sua organização",
            "roles" => "suas funções",
            "groups" => "seus grupos",
            _ => "outros dados que sua empresa acrescenta",
        } + (canUntick ? " (a menos que você o desmarque)" : "");

        internal override string EndsByItself(TimeSpan lifetime) =>
            $"O acesso termina sozinho depois de {Amount(TimeAmount.RoundedUp(lifetime))}. O programa precisa então perguntar de novo.";

        internal override string KeepsAccess(TimeSpan lifetime, TimeSpan idle) =>
            $"O acesso dura até sua empresa encerrá-lo, no máximo {Amount(TimeAmount.RoundedUp(lifetime))}."
            + (idle < lifetime
                ? $" Ele termina antes se o programa não o usar durante {Amount(TimeAmount.RoundedUp(idle))}."
                : "");

        internal override string Allow => "Permitir";
        internal override string Deny => "Recusar";

        internal override string ForDevelopers => "Para desenvolvedores";
        internal override string TellReference => "Se você pedir ajuda, informe esta referência:";
        internal override string StartAgain => "Começar de novo";
        internal override string GoBack => "Voltar ao programa";
        internal override Phrase LeadsTo(Slot host) => $"O botão leva a {host}.";
        internal override Phrase LeadsToDevice(Slot device) => $"O botão leva a um programa que usa {device}.";
        internal override Phrase LeadsToApp(Slot scheme) =>
            $"O botão abre um aplicativo deste dispositivo, para links que começam com {scheme}.";
        internal override Phrase LeadsThrough(Slot forwarder) =>
            $"O botão leva a um programa deste dispositivo, por meio de {forwarder}.";

        internal override string FinishedTitle => "Você está conectado";
        internal override Phrase Finished(Slot resource) =>
            $"O programa recebeu acesso a {resource}. Você pode fechar esta janela.";
        internal override string OneMoment => "Um momento";
        internal override string AnswerTravels =>
            "Sua resposta está a caminho do programa. Se nada acontecer, pressione “Continuar”.";
        internal override string Continue => "Continuar";
        internal override string AnswerReady => "Sua resposta está pronta";
        internal override string AnswerWaits =>
            "Ela vai para um programa deste dispositivo, que só abre quando você pressiona o botão.";

        internal override string HomeTitle => "O Latchkey está funcionando";
        internal override string HomeExplanation =>
            "Este servidor faz o seu login em programas que se conectam a um servidor MCP. "
            + "Um programa abre as páginas dele para você quando são necessárias.";
        internal override string ApiReference => "Referência da API";
        internal override string ApiReferenceIs => "para o responsável e a página de login";
        internal override string State => "Estado";
        internal override string StateIs => "para monitoramento: se o servidor está pronto e o que há de errado";
        internal override Phrase GuidesAre(Slot folder) => $"Os guias vêm com o programa, na pasta {folder}.";
        internal override string Version => "Versão";

        internal static string Amount(TimeAmount amount) => amount.IsOne
            ? amount.Unit switch
            {
                TimeUnit.Second => "um segundo",
                TimeUnit.Minute => "um minuto",
                TimeUnit.Hour => "uma hora",
                _ => "um dia",
            }
            : amount.Unit switch
            {
                TimeUnit.Second => $"{amount.Digits} segundos",
                TimeUnit.Minute => $"{amount.Digits} minutos",
                TimeUnit.Hour => $"{amount.Digits} horas",
                _ => $"{amount.Digits} dias",
            };
    }
}
